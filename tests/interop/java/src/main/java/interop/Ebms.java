package interop;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** ebMS headers of the WSS4J peer, written with the prefixes and ids of Domibus. */
final class Ebms {
    static final String S12 = "http://www.w3.org/2003/05/soap-envelope";
    static final String EB = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";
    static final String EBBP = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0";
    static final String DS = "http://www.w3.org/2000/09/xmldsig#";
    static final String WSU = "http://docs.oasis-open.org/wss/2004/01/"
            + "oasis-200401-wss-wssecurity-utility-1.0.xsd";
    static final String GZIP = "application/gzip";

    private Ebms() {}

    static Document userMessage(Settings settings, Order order) throws Exception {
        StringBuilder text = new StringBuilder("<eb:UserMessage mpc=\"" + EB + "defaultMPC\">")
                .append(info(order.messageId, null))
                .append("<eb:PartyInfo>")
                .append(party("From", settings.own, settings.role))
                .append(party("To", settings.partner, settings.role))
                .append("</eb:PartyInfo><eb:CollaborationInfo>")
                .append(typed("eb:Service", "", order.service))
                .append("<eb:Action>").append(escape(order.action)).append("</eb:Action>")
                .append("<eb:ConversationId>").append(escape(order.conversationId))
                .append("</eb:ConversationId></eb:CollaborationInfo>");
        if (!order.properties.isEmpty()) {
            text.append("<eb:MessageProperties>");
            order.properties.forEach((name, value) ->
                    text.append(typed("eb:Property", " name=\"" + name + "\"", value)));
            text.append("</eb:MessageProperties>");
        }
        if (!order.payloads.isEmpty()) {
            text.append("<eb:PayloadInfo>");
            for (Order.Payload each : order.payloads) {
                text.append("<eb:PartInfo href=\"cid:").append(each.contentId())
                        .append("\"><eb:PartProperties>")
                        .append(property("MimeType", each.mimeType()))
                        .append(each.compress() ? property("CompressionType", GZIP) : "")
                        .append("</eb:PartProperties></eb:PartInfo>");
            }
            text.append("</eb:PayloadInfo>");
        }
        return envelope(text.append("</eb:UserMessage>").toString(), "");
    }

    /** A receipt that repeats the references of the message, node by node. */
    static Document receipt(String messageId, NodeList references) throws Exception {
        Document document = envelope(
                "<eb:SignalMessage>" + info(UUID.randomUUID() + "@peer.example", messageId)
                        + "<eb:Receipt><ebbp:NonRepudiationInformation xmlns:ebbp=\"" + EBBP
                        + "\"/></eb:Receipt></eb:SignalMessage>",
                "");
        Node information = one(document, EBBP, "NonRepudiationInformation");
        for (int i = 0; i < references.getLength(); i++) {
            Node part = document.createElementNS(EBBP, "ebbp:MessagePartNRInformation");
            part.appendChild(document.importNode(references.item(i), true));
            information.appendChild(part);
        }
        // Imported nodes lack declarations; what is signed must be what is written.
        return parse(octets(document));
    }

    /** An error as Domibus answers it: with a SOAP fault in the body, and unsigned. */
    static Document error(String code, String shortDescription, String messageId) throws Exception {
        return envelope(
                "<eb:SignalMessage>" + info(UUID.randomUUID() + "@peer.example", messageId)
                        + "<eb:Error origin=\"ebMS\" category=\"CONTENT\" errorCode=\"" + code
                        + "\" severity=\"failure\" shortDescription=\"" + shortDescription + "\""
                        + (messageId == null
                                ? "" : " refToMessageInError=\"" + escape(messageId) + "\"")
                        + "><eb:Description xml:lang=\"en\">refused</eb:Description>"
                        + "</eb:Error></eb:SignalMessage>",
                "<env:Fault><env:Code><env:Value>env:Receiver</env:Value></env:Code><env:Reason>"
                        + "<env:Text xml:lang=\"en\">An error occurred.</env:Text></env:Reason>"
                        + "</env:Fault>");
    }

    static Document parse(byte[] octets) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(octets));
    }

    static byte[] octets(Document document) throws Exception {
        Transformer transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        transformer.transform(new DOMSource(document), new StreamResult(output));
        return output.toByteArray();
    }

    /** The only element of this name, null where there is none; several are refused. */
    static Element one(Document document, String namespace, String name) {
        NodeList found = document.getElementsByTagNameNS(namespace, name);
        if (found.getLength() > 1) {
            throw new IllegalArgumentException("several " + name);
        }
        return (Element) found.item(0);
    }

    static String text(Document document, String name) {
        Element found = one(document, EB, name);
        return found == null ? null : found.getTextContent().trim();
    }

    static List<Element> all(Node parent, String namespace, String name) {
        List<Element> found = new ArrayList<>();
        NodeList nodes = parent instanceof Document document
                ? document.getElementsByTagNameNS(namespace, name)
                : ((Element) parent).getElementsByTagNameNS(namespace, name);
        for (int i = 0; i < nodes.getLength(); i++) {
            found.add((Element) nodes.item(i));
        }
        return found;
    }

    static String property(Element parent, String name) {
        for (Element each : all(parent, EB, "Property")) {
            if (name.equals(each.getAttribute("name"))) {
                return each.getTextContent();
            }
        }
        return null;
    }

    private static Document envelope(String message, String body) throws Exception {
        String text = "<env:Envelope xmlns:env=\"" + S12 + "\"><env:Header><eb:Messaging xmlns:eb=\""
                + EB + "\" xmlns:wsu=\"" + WSU + "\" env:mustUnderstand=\"true\" wsu:Id=\"_1"
                + UUID.randomUUID() + "\">" + message + "</eb:Messaging></env:Header>"
                + "<env:Body xmlns:wsu=\"" + WSU + "\" wsu:Id=\"_2" + UUID.randomUUID() + "\">"
                + body + "</env:Body></env:Envelope>";
        return parse(text.getBytes("UTF-8"));
    }

    private static String info(String messageId, String answers) {
        return "<eb:MessageInfo><eb:Timestamp>" + Instant.now().truncatedTo(ChronoUnit.MILLIS)
                + "</eb:Timestamp><eb:MessageId>" + escape(messageId) + "</eb:MessageId>"
                + (answers == null
                        ? "" : "<eb:RefToMessageId>" + escape(answers) + "</eb:RefToMessageId>")
                + "</eb:MessageInfo>";
    }

    private static String party(String side, Settings.Party party, String role) {
        return "<eb:" + side + "><eb:PartyId type=\"" + party.type() + "\">" + party.id()
                + "</eb:PartyId><eb:Role>" + role + "</eb:Role></eb:" + side + ">";
    }

    private static String property(String name, String value) {
        return "<eb:Property name=\"" + name + "\">" + escape(value) + "</eb:Property>";
    }

    private static String typed(String element, String attributes, Order.Typed value) {
        String type = value.type().isEmpty() ? "" : " type=\"" + value.type() + "\"";
        return "<" + element + attributes + type + ">" + escape(value.value()) + "</" + element
                + ">";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
