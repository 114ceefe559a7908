package interop;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.KeyGenerator;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.UnsupportedCallbackException;
import org.apache.wss4j.common.WSEncryptionPart;
import org.apache.wss4j.common.crypto.AlgorithmSuite;
import org.apache.wss4j.common.crypto.Merlin;
import org.apache.wss4j.common.ext.Attachment;
import org.apache.wss4j.common.ext.AttachmentRemovalCallback;
import org.apache.wss4j.common.ext.AttachmentRequestCallback;
import org.apache.wss4j.common.ext.AttachmentResultCallback;
import org.apache.wss4j.common.ext.WSPasswordCallback;
import org.apache.wss4j.dom.WSConstants;
import org.apache.wss4j.dom.WSDataRef;
import org.apache.wss4j.dom.engine.WSSConfig;
import org.apache.wss4j.dom.engine.WSSecurityEngine;
import org.apache.wss4j.dom.engine.WSSecurityEngineResult;
import org.apache.wss4j.dom.handler.RequestData;
import org.apache.wss4j.dom.handler.WSHandlerResult;
import org.apache.wss4j.dom.message.WSSecEncrypt;
import org.apache.wss4j.dom.message.WSSecHeader;
import org.apache.wss4j.dom.message.WSSecSignature;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** WS-Security by Apache WSS4J and Santuario, with the policy of a Domibus in OOTS. */
final class Wss4jSecurity {
    private static final Map<String, Integer> IDENTIFIERS = Map.of(
            "bst", WSConstants.BST_DIRECT_REFERENCE,
            "pkipath", WSConstants.BST_DIRECT_REFERENCE,
            "ski", WSConstants.SKI_KEY_IDENTIFIER,
            "issuer-serial", WSConstants.ISSUER_SERIAL,
            "thumbprint", WSConstants.THUMBPRINT_IDENTIFIER);
    private static final String ATTACHMENTS = "Attachments";

    private final Credentials credentials;
    private final Suite suite;
    private final Merlin keys = new Merlin();
    private final Merlin trust = new Merlin();

    Wss4jSecurity(Settings settings) throws Exception {
        WSSConfig.init();
        credentials = settings.credentials;
        suite = settings.suite;
        keys.setKeyStore(credentials.keyStore());
        trust.setTrustStore(credentials.trustStore());
    }

    /** Signs Body, Messaging and the attachments. */
    void sign(Document document, Attachments attachments, String identifier, String signer)
            throws Exception {
        WSSecSignature signature = new WSSecSignature(header(document));
        signature.setUserInfo(signer, new String(Credentials.PASSWORD));
        signature.setKeyIdentifierType(IDENTIFIERS.get(identifier));
        signature.setUseSingleCertificate(!identifier.equals("pkipath"));
        signature.setSignatureAlgorithm(suite.signature);
        signature.setDigestAlgo(WSConstants.SHA256);
        signature.setSigCanonicalization(WSConstants.C14N_EXCL_OMIT_COMMENTS);
        signature.setAttachmentCallbackHandler(attachments);
        signature.getParts().add(new WSEncryptionPart("Body", Ebms.S12, "Element"));
        signature.getParts().add(new WSEncryptionPart("Messaging", Ebms.EB, "Element"));
        if (!attachments.isEmpty()) {
            signature.getParts().add(new WSEncryptionPart("cid:" + ATTACHMENTS, "Content"));
        }
        signature.build(keys);
    }

    /** Encrypts the attachments, in front of the signature. */
    void encrypt(Document document, Attachments attachments, String identifier) throws Exception {
        KeyGenerator generator = KeyGenerator.getInstance("AES");
        generator.init(128);
        WSSecEncrypt encryption = new WSSecEncrypt(header(document));
        encryption.setUserInfo("partner");
        encryption.setUseThisCert(credentials.recipient);
        encryption.setKeyIdentifierType(
                IDENTIFIERS.get(identifier.equals("pkipath") ? "bst" : identifier));
        encryption.setSymmetricEncAlgorithm(WSConstants.AES_128_GCM);
        suite.apply(encryption);
        encryption.setAttachmentCallbackHandler(attachments);
        encryption.getParts().add(new WSEncryptionPart("cid:" + ATTACHMENTS, "Content"));
        encryption.build(keys, generator.generateKey());
    }

    /** Verifies and decrypts; throws where anything of the policy is not met. */
    void verify(Document document, Attachments attachments) throws Exception {
        int count = attachments.size();
        RequestData data = new RequestData();
        data.setSigVerCrypto(trust);
        data.setDecCrypto(keys);
        data.setCallbackHandler(Wss4jSecurity::password);
        data.setAttachmentCallbackHandler(attachments);
        data.setAlgorithmSuite(allowed());
        Element security = Ebms.one(document, WSConstants.WSSE_NS, "Security");
        if (security == null) {
            throw new SecurityException("there is no Security header");
        }
        WSHandlerResult result = new WSSecurityEngine().processSecurityHeader(security, data);
        WSSecurityEngineResult signature = single(result, WSConstants.SIGN);
        List<WSDataRef> signed = references(signature);
        require(signed.stream().anyMatch(each -> is(each, document, Ebms.EB, "Messaging")),
                "Messaging is not signed");
        require(signed.stream().anyMatch(each -> is(each, document, Ebms.S12, "Body")),
                "Body is not signed");
        require(signed.stream().filter(WSDataRef::isAttachment).count() == count,
                "not all attachments are signed");
        require(credentials.partner.equals(
                signature.get(WSSecurityEngineResult.TAG_X509_CERTIFICATE)),
                "it is signed by somebody else");
        if (count > 0) {
            WSSecurityEngineResult encryption = single(result, WSConstants.ENCR);
            require(references(encryption).stream().filter(WSDataRef::isAttachment).count() == count,
                    "not all attachments are encrypted");
            // Results are prepended, so what stood first in the header is last here.
            require(result.getResults().indexOf(encryption) > result.getResults().indexOf(signature),
                    "it was not signed before it was encrypted");
        }
    }

    private AlgorithmSuite allowed() {
        AlgorithmSuite allowed = new AlgorithmSuite();
        allowed.addDigestAlgorithm(WSConstants.SHA256);
        allowed.addC14nAlgorithm(WSConstants.C14N_EXCL_OMIT_COMMENTS);
        allowed.addTransformAlgorithm(WSConstants.C14N_EXCL_OMIT_COMMENTS);
        allowed.addTransformAlgorithm(WSConstants.SWA_ATTACHMENT_CONTENT_SIG_TRANS);
        allowed.addEncryptionMethod(WSConstants.AES_128_GCM);
        suite.allow(allowed);
        return allowed;
    }

    private static WSSecHeader header(Document document) throws Exception {
        WSSecHeader header = new WSSecHeader(document);
        header.insertSecurityHeader();
        return header;
    }

    private static WSSecurityEngineResult single(WSHandlerResult result, int action) {
        List<WSSecurityEngineResult> found = new ArrayList<>();
        for (WSSecurityEngineResult each : result.getResults()) {
            boolean empty = action == WSConstants.ENCR && references(each).isEmpty();
            if (action == (Integer) each.get(WSSecurityEngineResult.TAG_ACTION) && !empty) {
                found.add(each);
            }
        }
        require(found.size() >= 1, action == WSConstants.SIGN ? "not signed" : "not encrypted");
        if (action == WSConstants.SIGN) {
            require(found.size() == 1, "signed twice");
        }
        return found.get(found.size() - 1);
    }

    @SuppressWarnings("unchecked")
    private static List<WSDataRef> references(WSSecurityEngineResult result) {
        Object found = result.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
        return found == null ? List.of() : (List<WSDataRef>) found;
    }

    private static boolean is(WSDataRef reference, Document document, String space, String name) {
        return reference.getProtectedElement() == Ebms.one(document, space, name);
    }

    private static void require(boolean met, String otherwise) {
        if (!met) {
            throw new SecurityException(otherwise);
        }
    }

    private static void password(Callback[] callbacks) {
        for (Callback each : callbacks) {
            if (each instanceof WSPasswordCallback password) {
                password.setPassword(new String(Credentials.PASSWORD));
            }
        }
    }

    /** The attachments of one message as WSS4J asks for them and gives them back. */
    static final class Attachments implements CallbackHandler {
        private final Map<String, Attachment> byId = new LinkedHashMap<>();

        Attachments(List<Mime.Part> parts) {
            for (Mime.Part each : parts) {
                Attachment attachment = new Attachment();
                attachment.setId(each.contentId());
                attachment.setMimeType(each.mimeType());
                attachment.setSourceStream(new ByteArrayInputStream(each.octets()));
                attachment.addHeader("Content-ID", "<" + each.contentId() + ">");
                attachment.addHeader("Content-Type", each.mimeType());
                if (byId.put(each.contentId(), attachment) != null) {
                    throw new SecurityException("two parts have the same id");
                }
            }
        }

        boolean isEmpty() {
            return byId.isEmpty();
        }

        int size() {
            return byId.size();
        }

        List<Mime.Part> parts() throws IOException {
            List<Mime.Part> parts = new ArrayList<>();
            for (Attachment each : byId.values()) {
                byte[] octets = each.getSourceStream().readAllBytes();
                parts.add(new Mime.Part(each.getId(), each.getMimeType(), octets));
            }
            return parts;
        }

        @Override
        public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
            for (Callback callback : callbacks) {
                if (callback instanceof AttachmentRequestCallback request) {
                    String id = request.getAttachmentId();
                    request.setAttachments(ATTACHMENTS.equals(id)
                            ? new ArrayList<>(byId.values())
                            : byId.containsKey(id) ? List.of(byId.get(id)) : List.of());
                } else if (callback instanceof AttachmentResultCallback result) {
                    // Replacing a value keeps its place: parts stay in the order of PartInfo.
                    byId.replace(result.getAttachmentId(), result.getAttachment());
                } else if (!(callback instanceof AttachmentRemovalCallback)) {
                    throw new UnsupportedCallbackException(callback);
                }
            }
        }
    }
}
