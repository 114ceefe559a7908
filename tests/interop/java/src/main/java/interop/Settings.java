package interop;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;

/** Who this peer is and whom it talks to: {@code peer.properties} and PEM files of a folder. */
final class Settings {
    record Party(String id, String type) {}

    final Party own;
    final Party partner;
    final String role;
    final Suite suite;
    final Credentials credentials;

    Settings(Path folder) throws Exception {
        Properties given = new Properties();
        try (InputStream stream = Files.newInputStream(folder.resolve("peer.properties"))) {
            given.load(stream);
        }
        own = new Party(given.getProperty("own.id"), given.getProperty("own.type"));
        partner = new Party(given.getProperty("partner.id"), given.getProperty("partner.type"));
        role = given.getProperty("role");
        suite = Suite.valueOf(given.getProperty("suite").toUpperCase(Locale.ROOT));
        credentials = Credentials.load(folder);
    }
}
