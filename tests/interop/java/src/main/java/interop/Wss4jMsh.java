package interop;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.wss4j.common.ext.WSSecurityException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** A small access point on WSS4J: as strict as Domibus about security, and answers like it. */
final class Wss4jMsh implements Msh {
    private final Settings settings;
    private final Wss4jSecurity security;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, byte[]> receipts = new ConcurrentHashMap<>();

    Wss4jMsh(Settings settings) throws Exception {
        this.settings = settings;
        this.security = new Wss4jSecurity(settings);
    }

    @Override
    public Http receive(Map<String, String> headers, byte[] body, Inbox inbox) throws Exception {
        List<Mime.Part> parts = Mime.read(headers.get("Content-type"), body);
        Document document = Ebms.parse(parts.get(0).octets());
        String messageId = Ebms.text(document, "MessageId");
        try {
            Message message = open(document, parts.subList(1, parts.size()));
            byte[] receipt = receipts.get(messageId);
            if (receipt == null) {
                receipt = receipt(document, messageId);
                receipts.put(messageId, receipt);
                inbox.deliver(message);
            }
            return new Http(200, Mime.SOAP + "; charset=UTF-8", receipt);
        } catch (WSSecurityException | SecurityException fault) {
            fault.printStackTrace();
            boolean policy = fault instanceof SecurityException;
            return error(policy ? "EBMS:0103" : "EBMS:0101", "FailedAuthentication", messageId);
        } catch (java.io.IOException fault) {
            return error("EBMS:0303", "DecompressionFailure", messageId);
        } catch (IllegalArgumentException fault) {
            return error("EBMS:0003", "ValueInconsistent", messageId);
        }
    }

    @Override
    public Outcome send(Order order) throws Exception {
        List<Mime.Part> parts = new ArrayList<>();
        for (Order.Payload each : order.payloads) {
            parts.add(new Mime.Part(
                    each.contentId(),
                    each.compress() ? Ebms.GZIP : each.mimeType(),
                    each.compress() ? gzip(each.octets()) : each.octets()));
        }
        Document document = Ebms.userMessage(settings, order);
        Wss4jSecurity.Attachments attachments = new Wss4jSecurity.Attachments(parts);
        security.sign(document, attachments, order.keyIdentifier, order.signer);
        if (!attachments.isEmpty()) {
            security.encrypt(document, attachments, order.keyIdentifier);
        }
        Http request = Mime.write(Ebms.octets(document), attachments.parts());
        HttpResponse<byte[]> answer = client.send(
                HttpRequest.newBuilder(URI.create(order.url))
                        .header("Content-Type", request.contentType())
                        .timeout(Duration.ofSeconds(60))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(request.body()))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        return judge(answer, document, order.messageId);
    }

    private Outcome judge(HttpResponse<byte[]> answer, Document sent, String messageId)
            throws Exception {
        if (answer.body().length == 0) {
            return new Outcome("none", List.of(), "HTTP " + answer.statusCode());
        }
        String type = answer.headers().firstValue("Content-Type").orElse("");
        Document signal = Ebms.parse(Mime.read(type, answer.body()).get(0).octets());
        try {
            security.verify(signal, new Wss4jSecurity.Attachments(List.of()));
            if (!messageId.equals(Ebms.text(signal, "RefToMessageId"))) {
                throw new SecurityException("it is about another message");
            }
            List<String> codes = new ArrayList<>();
            Ebms.all(signal, Ebms.EB, "Error").forEach(e -> codes.add(e.getAttribute("errorCode")));
            if (!codes.isEmpty()) {
                return new Outcome("errors", codes, "signed");
            }
            Element info = Ebms.one(signal, Ebms.EBBP, "NonRepudiationInformation");
            Element signedInfo = Ebms.one(sent, Ebms.DS, "SignedInfo");
            if (info == null || !references(info).equals(references(signedInfo))) {
                throw new SecurityException("the receipt is for something else");
            }
            return new Outcome("receipt", codes, "verified");
        } catch (WSSecurityException | SecurityException fault) {
            return new Outcome("refused", List.of(), String.valueOf(fault));
        }
    }

    private Message open(Document document, List<Mime.Part> parts) throws Exception {
        if (!settings.own.id().equals(party(document, "To"))
                || !settings.partner.id().equals(party(document, "From"))) {
            throw new IllegalArgumentException("unknown party");
        }
        Wss4jSecurity.Attachments attachments = new Wss4jSecurity.Attachments(parts);
        security.verify(document, attachments);
        Map<String, Mime.Part> byId = new HashMap<>();
        attachments.parts().forEach(each -> byId.put(each.contentId(), each));
        List<Delivered> delivered = new ArrayList<>();
        for (Element info : Ebms.all(document, Ebms.EB, "PartInfo")) {
            Mime.Part part = byId.remove(info.getAttribute("href").replaceFirst("^cid:", ""));
            if (part == null) {
                throw new IllegalArgumentException("a PartInfo has no part");
            }
            boolean packed = Ebms.GZIP.equals(Ebms.property(info, "CompressionType"));
            byte[] octets = packed
                    ? new GZIPInputStream(new ByteArrayInputStream(part.octets())).readAllBytes()
                    : part.octets();
            String type = Ebms.property(info, "MimeType");
            delivered.add(new Delivered(part.contentId(), type, octets));
        }
        if (!byId.isEmpty()) {
            throw new IllegalArgumentException("a part has no PartInfo");
        }
        Map<String, String> properties = new HashMap<>();
        Element given = Ebms.one(document, Ebms.EB, "MessageProperties");
        for (Element each : given == null ? List.<Element>of() : Ebms.all(given, Ebms.EB, "Property")) {
            properties.put(each.getAttribute("name"), each.getTextContent());
        }
        String action = Ebms.text(document, "Action");
        return new Message(Ebms.text(document, "MessageId"), action, properties, delivered);
    }

    private byte[] receipt(Document document, String messageId) throws Exception {
        NodeList references = Ebms.one(document, Ebms.DS, "SignedInfo")
                .getElementsByTagNameNS(Ebms.DS, "Reference");
        Document receipt = Ebms.receipt(messageId, references);
        security.sign(
                receipt, new Wss4jSecurity.Attachments(List.of()), "bst", Credentials.OWN);
        return Ebms.octets(receipt);
    }

    private static Http error(String code, String name, String messageId) throws Exception {
        byte[] soap = Ebms.octets(Ebms.error(code, name, messageId));
        return new Http(500, Mime.SOAP + "; charset=UTF-8", soap);
    }

    private static String party(Document document, String side) {
        Element found = Ebms.one(document, Ebms.EB, side);
        return found == null ? null : Ebms.all(found, Ebms.EB, "PartyId").get(0).getTextContent();
    }

    /** As Domibus compares them: URI and digest as text, in any order. */
    private static Set<String> references(Element parent) {
        Set<String> found = new HashSet<>();
        for (Element each : Ebms.all(parent, Ebms.DS, "Reference")) {
            String digest = Ebms.all(each, Ebms.DS, "DigestValue").get(0).getTextContent();
            found.add(each.getAttribute("URI") + " " + digest);
        }
        return found;
    }

    private static byte[] gzip(byte[] octets) throws Exception {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(output)) {
            gzip.write(octets);
        }
        return output.toByteArray();
    }
}
