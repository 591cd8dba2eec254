package org.mask2former.serve;

import java.io.IOException;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * What a labelling configuration of Label Studio asks for: the first control that masks fit, over a picture.
 *
 * @param kind how segments are marked
 * @param control its name
 * @param picture the name of the picture that it marks
 * @param key of a task's data, where the picture's URL is
 * @param labels the project's labels by their lower-case names, and by the aliases that its annotations use
 */
record LabelStudioConfig(Kind kind, String control, String picture, String key, Map<String, String> labels) {
    /** Controls, the ones that say most first. */
    enum Kind {
        BRUSH("BrushLabels"),
        POLYGON("PolygonLabels"),
        RECTANGLE("RectangleLabels");

        private final String element;

        Kind(String element) {
            this.element = element;
        }

        /** As results name it: {@code brushlabels}. */
        String type() {
            return element.toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Reads the XML.
     *
     * @return empty if it has no control that masks fit
     * @throws HttpProblem 422 if it is not XML
     */
    static Optional<LabelStudioConfig> parse(String xml) {
        Element root = read(xml);
        for (Kind kind : Kind.values()) {
            NodeList controls = root.getElementsByTagName(kind.element);
            for (int i = 0; i < controls.getLength(); i++) {
                Element control = (Element) controls.item(i);
                Optional<Element> picture = picture(root, control.getAttribute("toName"));
                if (picture.isPresent()) {
                    return Optional.of(new LabelStudioConfig(
                            kind,
                            control.getAttribute("name"),
                            picture.get().getAttribute("name"),
                            picture.get().getAttribute("value").replaceFirst("^\\$", ""),
                            labels(control)));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Element> picture(Element root, String name) {
        NodeList pictures = root.getElementsByTagName("Image");
        for (int i = 0; i < pictures.getLength(); i++) {
            if (pictures.item(i) instanceof Element picture
                    && picture.getAttribute("name").equals(name)) {
                return Optional.of(picture);
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> labels(Element control) {
        Map<String, String> labels = new LinkedHashMap<>();
        NodeList found = control.getElementsByTagName("Label");
        for (int i = 0; i < found.getLength(); i++) {
            Element label = (Element) found.item(i);
            String value = label.getAttribute("value");
            labels.put(value.toLowerCase(Locale.ROOT), value);
            if (!label.getAttribute("alias").isEmpty()) {
                labels.put(label.getAttribute("alias").toLowerCase(Locale.ROOT), value);
            }
        }
        return labels;
    }

    private static Element read(String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            // No document types, hence no entities: neither files of this machine nor bombs.
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(null); // the JDK's own prints
            return builder.parse(new InputSource(new StringReader(xml))).getDocumentElement();
        } catch (SAXException | IOException e) {
            throw HttpProblem.unprocessable("the labelling configuration is not XML that can be read");
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("this Java cannot read XML safely", e);
        }
    }
}
