package interop;

import jakarta.mail.BodyPart;
import jakarta.mail.internet.ContentType;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Packages as Apache CXF writes them, and any package read with Jakarta Mail. */
final class Mime {
    static final String SOAP = "application/soap+xml";

    record Part(String contentId, String mimeType, byte[] octets) {}

    private Mime() {}

    /** The root comes first; a single SOAP document gives one part. */
    static List<Part> read(String contentType, byte[] body) throws Exception {
        List<Part> parts = new ArrayList<>();
        if (!new ContentType(contentType).match("multipart/related")) {
            parts.add(new Part("", contentType, body));
            return parts;
        }
        MimeMultipart multipart = new MimeMultipart(new ByteArrayDataSource(body, contentType));
        for (int i = 0; i < multipart.getCount(); i++) {
            BodyPart part = multipart.getBodyPart(i);
            String[] ids = part.getHeader("Content-ID");
            String id = ids == null ? "" : ids[0].replaceAll("^<|>$", "");
            parts.add(new Part(id, part.getContentType(), part.getInputStream().readAllBytes()));
        }
        if (parts.isEmpty() || !new ContentType(parts.get(0).mimeType()).match(SOAP)) {
            throw new IOException("the first part is no SOAP 1.2");
        }
        return parts;
    }

    /** CXF: a colon in the boundary, a line end before the first one, none after the last. */
    static Msh.Http write(byte[] soap, List<Part> parts) throws IOException {
        if (parts.isEmpty()) {
            return new Msh.Http(0, SOAP + "; charset=UTF-8", soap);
        }
        String boundary = "uuid:" + UUID.randomUUID();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        add(body, boundary, SOAP + "; charset=UTF-8", "root.message@cxf.apache.org", soap);
        for (Part part : parts) {
            add(body, boundary, part.mimeType(), part.contentId(), part.octets());
        }
        body.write(ascii("\r\n--" + boundary + "--"));
        String type = "multipart/related; type=\"" + SOAP + "\"; boundary=\"" + boundary
                + "\"; start=\"<root.message@cxf.apache.org>\"; start-info=\"" + SOAP + "\"";
        return new Msh.Http(0, type, body.toByteArray());
    }

    private static void add(
            ByteArrayOutputStream body, String boundary, String type, String id, byte[] octets)
            throws IOException {
        body.write(ascii("\r\n--" + boundary + "\r\nContent-Type: " + type
                + "\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <" + id + ">\r\n\r\n"));
        body.write(octets);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
