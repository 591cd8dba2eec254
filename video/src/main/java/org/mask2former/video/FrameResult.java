package org.mask2former.video;

/**
 * What became of a frame.
 *
 * @param tracked what is in it
 * @param fps how many frames a second are being made at the moment; 0 for the first one, when nothing is known yet
 */
public record FrameResult(Frame frame, Tracked tracked, double fps) {}
