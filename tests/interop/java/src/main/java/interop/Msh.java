package interop;

import java.util.List;
import java.util.Map;

/** A message service handler under test, whatever library does the work. */
interface Msh {
    /** An HTTP message: status (0 in a request), content type, body; null without a body. */
    record Http(int status, String contentType, byte[] body) {}

    /**
     * What became of a message that was sent.
     *
     * @param outcome receipt (proved), errors (read), refused (an answer that proves nothing), none
     * @param codes the ebMS errors of the answer
     * @param reason what the library says, for people
     */
    record Outcome(String outcome, List<String> codes, String reason) {}

    /** A payload as it was delivered, decrypted and decompressed. */
    record Delivered(String contentId, String mimeType, byte[] octets) {}

    /** A message as it was delivered. */
    record Message(String id, String action, Map<String, String> properties, List<Delivered> parts) {}

    /** Takes one request; what is delivered goes to the inbox. */
    Http receive(Map<String, String> headers, byte[] body, Inbox inbox) throws Exception;

    /** Sends one message and judges the answer. */
    Outcome send(Order order) throws Exception;

    /** Where delivered messages go. */
    interface Inbox {
        void deliver(Message message);
    }
}
