package org.mask2former.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.mask2former.Task;
import org.mask2former.data.AnnotatedSegment;
import org.mask2former.data.Annotation;
import org.mask2former.data.ClassTable;
import org.mask2former.data.Dataset;
import org.mask2former.data.DatasetClass;
import org.mask2former.data.Sample;
import org.mask2former.image.Image;
import org.mask2former.image.PictureSize;
import org.mask2former.image.PreprocessorConfig;
import org.mask2former.result.CocoRle;

/** Pictures of which a test knows every pixel: rectangles of one colour each, on grey. */
final class Pictures {
    static final int BACKGROUND = 0x808080;
    static final ClassTable CLASSES = new ClassTable(
            List.of(
                    new DatasetClass(1, "car", true, Optional.empty()),
                    new DatasetClass(2, "person", true, Optional.empty()),
                    new DatasetClass(3, "sky", false, Optional.empty())),
            Set.of(),
            Set.of());

    private Pictures() {}

    /** In pixels of the picture. */
    record Rectangle(int labelId, int rgb, int x, int y, int width, int height) {
        CocoRle mask(int pictureWidth, int pictureHeight) {
            byte[] mask = new byte[pictureWidth * pictureHeight];
            for (int row = y; row < y + height; row++) {
                Arrays.fill(mask, row * pictureWidth + x, row * pictureWidth + x + width, (byte) 1);
            }
            return CocoRle.encode(pictureHeight, pictureWidth, mask);
        }
    }

    static Image image(int width, int height, Rectangle... rectangles) {
        byte[] rgb = new byte[3 * width * height];
        paint(rgb, width, new Rectangle(0, BACKGROUND, 0, 0, width, height));
        for (Rectangle r : rectangles) {
            paint(rgb, width, r);
        }
        return Image.ofRgb(width, height, rgb);
    }

    private static void paint(byte[] rgb, int stride, Rectangle r) {
        for (int y = r.y; y < r.y + r.height; y++) {
            for (int x = r.x; x < r.x + r.width; x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[3 * (y * stride + x) + c] = (byte) (r.rgb >> 16 - 8 * c);
                }
            }
        }
    }

    /** A picture with a segment for every rectangle. */
    static AnnotatedPicture annotated(int width, int height, Rectangle... rectangles) {
        List<AnnotatedPicture.Segment> segments = new ArrayList<>();
        for (Rectangle r : rectangles) {
            segments.add(new AnnotatedPicture.Segment(r.labelId, r.mask(width, height)));
        }
        return new AnnotatedPicture("drawn", image(width, height, rectangles), segments);
    }

    static Annotation.Instances instances(int width, int height, Rectangle... rectangles) {
        List<AnnotatedSegment> segments = new ArrayList<>();
        for (Rectangle r : rectangles) {
            segments.add(AnnotatedSegment.of(segments.size() + 1L, r.labelId, false, r.mask(width, height)));
        }
        return new Annotation.Instances(width, height, segments);
    }

    /** A sample whose annotation is the same whatever the task. */
    static Sample sample(String id, Path file, Annotation annotation) {
        return new Sample(id, file, new Sample.Reader() {
            @Override
            public Annotation read(Task task) {
                return annotation;
            }

            @Override
            public PictureSize size() {
                return new PictureSize(annotation.width(), annotation.height());
            }
        });
    }

    /** What the network is given, as 0xRRGGBB for each pixel, row by row. */
    static int[] colors(TrainingSample sample, PreprocessorConfig normalisation) {
        byte[] rgb =
                BatchSheet.picture(sample, new Normalisation(normalisation)).rgb();
        int[] colors = new int[rgb.length / 3];
        for (int i = 0; i < colors.length; i++) {
            colors[i] = (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | rgb[3 * i + 2] & 0xff;
        }
        return colors;
    }

    /** The mask of a segment, row by row. */
    static byte[] mask(Target target, int index) {
        byte[] mask = new byte[target.height() * target.width()];
        target.masks().data().get(index * mask.length, mask);
        return mask;
    }

    /** A data set of pictures in files, each with a car of its own colour in it. */
    record Drawn(List<Sample> samples, Collection<String> read) implements Dataset {
        static Drawn in(Path folder, int count) {
            Collection<String> read = new ConcurrentLinkedQueue<>();
            List<Sample> samples = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String id = "picture" + i;
                Rectangle car = new Rectangle(0, 0x104000 + 0x100005 * i, 4 + i, 6, 20, 12);
                Path file = folder.resolve(id + ".png");
                image(48, 40, car).write(file);
                Annotation annotation = instances(48, 40, car);
                samples.add(new Sample(id, file, new Sample.Reader() {
                    @Override
                    public Annotation read(Task task) {
                        read.add(id);
                        return annotation;
                    }

                    @Override
                    public PictureSize size() {
                        return new PictureSize(48, 40);
                    }
                }));
            }
            return new Drawn(samples, read);
        }

        @Override
        public String name() {
            return "drawn";
        }

        @Override
        public String part() {
            return "train";
        }

        @Override
        public ClassTable classes() {
            return CLASSES;
        }

        @Override
        public Set<Task> tasks() {
            return Set.of(Task.INSTANCE);
        }

        @Override
        public int size() {
            return samples.size();
        }

        @Override
        public Sample get(int index) {
            return samples.get(index);
        }
    }
}
