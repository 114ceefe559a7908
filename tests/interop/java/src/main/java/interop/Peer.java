package interop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Security;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * A foreign access point on loopback: {@code java interop.Peer wss4j|phase4 FOLDER}.
 *
 * <p>It prints {@code PORT n} and ends when its standard input does. {@code /as4} is the access
 * point; {@code /send} takes an order as properties and tells the outcome, {@code /received?id}
 * tells what was delivered. Both answers are properties too.
 */
public final class Peer {
    private static final Map<String, Msh.Message> INBOX = new ConcurrentHashMap<>();

    private Peer() {}

    private interface Handler {
        Msh.Http handle(HttpExchange exchange, byte[] body) throws Exception;
    }

    public static void main(String[] words) throws Exception {
        Settings settings = new Settings(Path.of(words[1]));
        if (settings.suite == Suite.RSA) {
            // A stream that Java 17 itself decrypts by GCM copies all it has for each 512 octets.
            Security.insertProviderAt(new BouncyCastleProvider(), 1);
        }
        Msh msh = words[0].equals("phase4") ? new Phase4Msh(settings) : new Wss4jMsh(settings);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpServer server = HttpServer.create(address, 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        serve(server, "/as4", (exchange, body) -> msh.receive(
                headers(exchange), body, message -> INBOX.put(message.id(), message)));
        serve(server, "/send", (exchange, body) -> {
            Properties order = new Properties();
            order.load(new ByteArrayInputStream(body));
            Msh.Outcome outcome = msh.send(new Order(order));
            Properties told = new Properties();
            told.setProperty("outcome", outcome.outcome());
            told.setProperty("codes", String.join(" ", outcome.codes()));
            told.setProperty("reason", String.valueOf(outcome.reason()));
            return text(200, told);
        });
        serve(server, "/received", (exchange, body) -> {
            Msh.Message message = INBOX.get(exchange.getRequestURI().getQuery());
            return message == null ? text(404, new Properties()) : text(200, told(message));
        });
        server.start();
        System.out.println("PORT " + server.getAddress().getPort());
        System.out.flush();
        // Whoever started us holds the other end: gone, killed or done, this read ends.
        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(0);
    }

    private static Properties told(Msh.Message message) throws Exception {
        Properties told = new Properties();
        told.setProperty("action", message.action());
        message.properties().forEach((name, value) -> told.setProperty("property." + name, value));
        int number = 0;
        for (Msh.Delivered part : message.parts()) {
            String prefix = "part." + number++ + ".";
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(part.octets());
            told.setProperty(prefix + "contentId", part.contentId());
            told.setProperty(prefix + "mimeType", part.mimeType());
            told.setProperty(prefix + "size", String.valueOf(part.octets().length));
            told.setProperty(prefix + "sha256", HexFormat.of().formatHex(digest));
        }
        return told;
    }

    private static Msh.Http text(int status, Properties told) throws IOException {
        StringWriter writer = new StringWriter();
        told.store(new PrintWriter(writer), null);
        byte[] body = writer.toString().getBytes(StandardCharsets.ISO_8859_1);
        return new Msh.Http(status, "text/plain; charset=ISO-8859-1", body);
    }

    private static Map<String, String> headers(HttpExchange exchange) {
        Map<String, String> found = new LinkedHashMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> found.put(name, values.get(0)));
        return found;
    }

    private static void serve(HttpServer server, String path, Handler handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                Msh.Http answer;
                try {
                    answer = handler.handle(exchange, exchange.getRequestBody().readAllBytes());
                } catch (Exception fault) {
                    fault.printStackTrace();
                    Properties told = new Properties();
                    told.setProperty("fault", String.valueOf(fault));
                    answer = text(500, told);
                }
                if (answer.body() == null) {
                    exchange.sendResponseHeaders(answer.status(), -1);
                } else {
                    exchange.getResponseHeaders().set("Content-Type", answer.contentType());
                    exchange.sendResponseHeaders(answer.status(), answer.body().length);
                    exchange.getResponseBody().write(answer.body());
                }
            }
        });
    }
}
