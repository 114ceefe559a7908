package interop;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** Keys and certificates of a peer, from PEM files; the password protects memory only. */
final class Credentials {
    static final String OWN = "own";
    static final char[] PASSWORD = "memory".toCharArray();

    /** Certificates of ours that a test may want signed with: good ones and bad ones. */
    static final List<String> OTHERS =
            List.of("next", "expired", "not-yet-valid", "revoked", "unknown");

    final Path folder;
    /** Whose signature counts. */
    final X509Certificate partner;

    /** Whom we encrypt for: the same certificate where one key does both. */
    final X509Certificate recipient;

    /** The alias of the key that we decrypt with: our own where one key does both. */
    final String decrypts;

    private final X509Certificate anchor;

    private Credentials(Path folder) throws Exception {
        this.folder = folder;
        partner = read(folder.resolve("partner.pem"));
        boolean one = read(folder.resolve("decrypts.pem"))
                .equals(read(folder.resolve("certificate.pem")));
        decrypts = one ? OWN : "decrypts";
        recipient = read(folder.resolve("recipient.pem"));
        anchor = read(folder.resolve("ca.pem"));
    }

    static Credentials load(Path folder) throws Exception {
        return new Credentials(folder);
    }

    /** Our keys with their chains, and the partner's certificate to encrypt for. */
    KeyStore keyStore() throws Exception {
        KeyStore store = empty();
        add(store, OWN, "key.pem", "certificate.pem");
        if (!decrypts.equals(OWN)) {
            add(store, decrypts, "decrypts-key.pem", "decrypts.pem");
        }
        for (String other : OTHERS) {
            if (!Files.exists(folder.resolve(other + ".pem"))) {
                continue;
            }
            add(store, other, other.equals("next") ? "next-key.pem" : "key.pem", other + ".pem");
        }
        store.setCertificateEntry("partner", recipient);
        return store;
    }

    /** Whom we believe: the authority, and the partner for key identifiers without a token. */
    KeyStore trustStore() throws Exception {
        KeyStore store = empty();
        store.setCertificateEntry("ca", anchor);
        store.setCertificateEntry("partner", partner);
        return store;
    }

    private void add(KeyStore store, String alias, String key, String certificate)
            throws Exception {
        X509Certificate own = read(folder.resolve(certificate));
        boolean issued = own.getIssuerX500Principal().equals(anchor.getSubjectX500Principal())
                && !own.equals(anchor);
        Certificate[] chain = issued ? new Certificate[] {own, anchor} : new Certificate[] {own};
        store.setKeyEntry(alias, readKey(folder.resolve(key)), PASSWORD, chain);
    }

    private static PrivateKey readKey(Path file) throws Exception {
        String pem = Files.readString(file, StandardCharsets.US_ASCII);
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        PKCS8EncodedKeySpec octets = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
        for (String kind : List.of("RSA", "EC", "Ed25519", "X25519")) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(octets);
            } catch (InvalidKeySpecException otherKind) {
                continue;
            }
        }
        throw new InvalidKeySpecException("unknown kind of key: " + file);
    }

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static X509Certificate read(Path file) throws Exception {
        try (InputStream stream = Files.newInputStream(file)) {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }
}
