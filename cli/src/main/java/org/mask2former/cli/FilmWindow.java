package org.mask2former.cli;

import java.awt.AWTError;
import java.awt.Dimension;
import java.awt.Graphics;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.HeadlessException;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.event.KeyEvent;
import java.awt.event.WindowAdapter;
import java.awt.event.WindowEvent;
import java.awt.image.BufferedImage;
import java.lang.reflect.InvocationTargetException;
import javax.swing.JComponent;
import javax.swing.JFrame;
import javax.swing.KeyStroke;
import javax.swing.SwingUtilities;
import org.jspecify.annotations.Nullable;
import org.mask2former.Mask2FormerException;
import org.mask2former.image.Image;
import org.mask2former.video.PictureSink;

/** A window that shows a film while it is made. Escape, Q or closing the window ends the film. */
final class FilmWindow implements PictureSink, AutoCloseable {
    /** How much of the screen it takes at most. */
    private static final double MOST_OF_SCREEN = 0.9;

    private final JFrame window;
    private final Canvas canvas = new Canvas();

    private FilmWindow(String title, int width, int height, Runnable onClose) {
        window = new JFrame(title);
        Rectangle screen = GraphicsEnvironment.getLocalGraphicsEnvironment().getMaximumWindowBounds();
        double scale =
                Math.min(1, Math.min(MOST_OF_SCREEN * screen.width / width, MOST_OF_SCREEN * screen.height / height));
        canvas.setPreferredSize(new Dimension((int) (width * scale), (int) (height * scale)));
        window.add(canvas);
        window.pack();
        window.setDefaultCloseOperation(JFrame.DISPOSE_ON_CLOSE);
        window.addWindowListener(new WindowAdapter() {
            @Override
            public void windowClosing(WindowEvent e) {
                onClose.run();
            }
        });
        for (int key : new int[] {KeyEvent.VK_ESCAPE, KeyEvent.VK_Q}) {
            canvas.registerKeyboardAction(
                    e -> {
                        onClose.run();
                        window.dispose();
                    },
                    KeyStroke.getKeyStroke(key, 0),
                    JComponent.WHEN_IN_FOCUSED_WINDOW);
        }
        window.setVisible(true);
    }

    /**
     * Makes windows possible, which the program otherwise does without. To be called before any picture is read: Java looks
     * for a screen once.
     *
     * @throws Mask2FormerException if there is no screen
     */
    static void useScreen() {
        System.clearProperty("java.awt.headless");
        if (GraphicsEnvironment.isHeadless()) {
            throw noScreen("there is none here");
        }
        try {
            GraphicsEnvironment.getLocalGraphicsEnvironment().getDefaultScreenDevice();
        } catch (AWTError e) {
            throw noScreen("nobody answers at DISPLAY=" + System.getenv("DISPLAY"));
        } catch (HeadlessException | LinkageError e) {
            throw noScreen(String.valueOf(e));
        }
    }

    /**
     * Opens a window.
     *
     * @param onClose is called when the user closes it
     * @throws Mask2FormerException if that is not possible here
     */
    static FilmWindow open(String title, int width, int height, Runnable onClose) {
        FilmWindow[] opened = new FilmWindow[1];
        try {
            SwingUtilities.invokeAndWait(() -> opened[0] = new FilmWindow(title, width, height, onClose));
        } catch (InvocationTargetException e) {
            throw noScreen(String.valueOf(e.getCause()));
        } catch (HeadlessException | AWTError | LinkageError e) {
            throw noScreen(String.valueOf(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Mask2FormerException("interrupted", e);
        }
        return opened[0];
    }

    private static Mask2FormerException noScreen(String why) {
        return new Mask2FormerException("--show needs a screen (" + why + "); leave it out");
    }

    @Override
    public void write(Image picture, double seconds) {
        BufferedImage image = picture.toBufferedImage();
        SwingUtilities.invokeLater(() -> canvas.show(image));
    }

    @Override
    public void finish(boolean complete) {
        close();
    }

    @Override
    public void close() {
        SwingUtilities.invokeLater(window::dispose);
    }

    /** Shows a picture as large as it can. */
    private static final class Canvas extends JComponent {
        private static final long serialVersionUID = 1;

        private transient @Nullable BufferedImage image;

        void show(BufferedImage next) {
            image = next;
            repaint();
        }

        @Override
        protected void paintComponent(Graphics graphics) {
            BufferedImage shown = image;
            if (shown == null) {
                return;
            }
            double scale = Math.min((double) getWidth() / shown.getWidth(), (double) getHeight() / shown.getHeight());
            int width = (int) Math.round(shown.getWidth() * scale);
            int height = (int) Math.round(shown.getHeight() * scale);
            Graphics2D g = (Graphics2D) graphics;
            g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            g.drawImage(shown, (getWidth() - width) / 2, (getHeight() - height) / 2, width, height, null);
        }
    }
}
