package org.mask2former.torch;

/** What tests of devices run on: {@code -Dmask2former.test.device=cuda} for a GPU. */
final class TestDevice {
    private static final String ASKED = System.getProperty("mask2former.test.device", "cpu:generic");

    private TestDevice() {}

    static TorchDevice get() {
        return TorchDevice.of(ASKED);
    }
}
