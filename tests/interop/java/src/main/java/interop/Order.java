package interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What a test wants a peer to send: a URL, the values of the header, and files as payloads. */
final class Order {
    /** One payload; its octets are never compressed here. */
    record Payload(String contentId, String mimeType, boolean compress, byte[] octets) {}

    /** A value with the type attribute, empty where there is none. */
    record Typed(String value, String type) {}

    final String url;
    final String messageId;
    final String conversationId;
    final Typed service;
    final String action;
    final String keyIdentifier;
    final String signer;
    final Map<String, Typed> properties = new LinkedHashMap<>();
    final List<Payload> payloads = new ArrayList<>();

    Order(Properties given) throws Exception {
        url = given.getProperty("url");
        messageId = given.getProperty("messageId");
        conversationId = given.getProperty("conversationId");
        service = new Typed(given.getProperty("service"), given.getProperty("serviceType", ""));
        action = given.getProperty("action");
        keyIdentifier = given.getProperty("keyIdentifier", "bst");
        signer = given.getProperty("signer", Credentials.OWN);
        for (String name : List.of("originalSender", "finalRecipient")) {
            if (given.containsKey(name)) {
                String type = given.getProperty(name + ".type", "");
                properties.put(name, new Typed(given.getProperty(name), type));
            }
        }
        for (int i = 0; given.containsKey("payload." + i + ".file"); i++) {
            String prefix = "payload." + i + ".";
            payloads.add(new Payload(
                    given.getProperty(prefix + "contentId"),
                    given.getProperty(prefix + "mimeType"),
                    Boolean.parseBoolean(given.getProperty(prefix + "compress")),
                    Files.readAllBytes(Path.of(given.getProperty(prefix + "file")))));
        }
    }
}
