package interop;

import com.helger.base.io.iface.IHasInputStream;
import com.helger.collection.commons.CommonsArrayList;
import com.helger.collection.commons.ICommonsList;
import com.helger.http.header.HttpHeaderMap;
import com.helger.mime.IMimeType;
import com.helger.mime.parse.MimeTypeParser;
import com.helger.phase4.attachment.AS4OutgoingAttachment;
import com.helger.phase4.attachment.EAS4CompressionMode;
import com.helger.phase4.attachment.IAS4IncomingAttachmentFactory;
import com.helger.phase4.attachment.WSS4JAttachment;
import com.helger.phase4.CAS4;
import com.helger.phase4.client.AS4ClientUserMessage;
import com.helger.phase4.crypto.AS4CryptoFactoryInMemoryKeyStore;
import com.helger.phase4.crypto.AS4CryptParams;
import com.helger.phase4.crypto.AS4SigningParams;
import com.helger.phase4.crypto.ECryptoAlgorithmCrypt;
import com.helger.phase4.crypto.ECryptoAlgorithmSignDigest;
import com.helger.phase4.crypto.ECryptoKeyIdentifierType;
import com.helger.phase4.crypto.IAS4CryptoFactory;
import com.helger.phase4.ebms3header.Ebms3Error;
import com.helger.phase4.ebms3header.Ebms3Property;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.ebms3header.Ebms3UserMessage;
import com.helger.phase4.error.AS4ErrorList;
import com.helger.phase4.incoming.AS4IncomingMessageMetadata;
import com.helger.phase4.incoming.AS4IncomingProfileSelectorConstant;
import com.helger.phase4.incoming.AS4IncomingReceiverConfiguration;
import com.helger.phase4.incoming.AS4RequestHandler;
import com.helger.phase4.incoming.IAS4IncomingMessageMetadata;
import com.helger.phase4.incoming.IAS4IncomingMessageState;
import com.helger.phase4.incoming.IAS4ResponseAbstraction;
import com.helger.phase4.incoming.crypto.AS4IncomingSecurityConfiguration;
import com.helger.phase4.incoming.spi.AS4MessageProcessorResult;
import com.helger.phase4.incoming.spi.AS4SignalMessageProcessorResult;
import com.helger.phase4.incoming.spi.IAS4IncomingMessageProcessorSPI;
import com.helger.phase4.mgr.AS4ManagerFactoryInMemory;
import com.helger.phase4.mgr.MetaAS4Manager;
import com.helger.phase4.model.EMEP;
import com.helger.phase4.model.EMEPBinding;
import com.helger.phase4.model.MessageProperty;
import com.helger.phase4.model.pmode.IPMode;
import com.helger.phase4.model.pmode.PMode;
import com.helger.phase4.model.pmode.PModeParty;
import com.helger.phase4.model.pmode.leg.EPModeSendReceiptReplyPattern;
import com.helger.phase4.model.pmode.leg.PModeLeg;
import com.helger.phase4.model.pmode.leg.PModeLegBusinessInformation;
import com.helger.phase4.model.pmode.leg.PModeLegErrorHandling;
import com.helger.phase4.model.pmode.leg.PModeLegProtocol;
import com.helger.phase4.model.pmode.leg.PModeLegSecurity;
import com.helger.phase4.sender.AS4BidirectionalClientHelper;
import com.helger.phase4.sender.IAS4SignalMessageValidationResultHandler;
import com.helger.phase4.util.AS4ResourceHelper;
import com.helger.phase4.wss.EWSSVersion;
import com.helger.scope.mgr.ScopeManager;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.w3c.dom.Node;

/** phase4 as an access point: its request handler and its client, with the profile's PMode. */
final class Phase4Msh implements Msh {
    private static final Map<String, ECryptoKeyIdentifierType> IDENTIFIERS = Map.of(
            "bst", ECryptoKeyIdentifierType.BST_DIRECT_REFERENCE,
            "pkipath", ECryptoKeyIdentifierType.BST_DIRECT_REFERENCE,
            "ski", ECryptoKeyIdentifierType.SKI_KEY_IDENTIFIER,
            "issuer-serial", ECryptoKeyIdentifierType.ISSUER_SERIAL,
            "thumbprint", ECryptoKeyIdentifierType.THUMBPRINT_IDENTIFIER);

    private final Settings settings;
    private final IAS4CryptoFactory signing;
    private final IAS4CryptoFactory encryption;

    Phase4Msh(Settings settings) throws Exception {
        this.settings = settings;
        signing = crypto(Credentials.OWN);
        encryption = crypto(settings.credentials.decrypts);
        ScopeManager.onGlobalBegin("peer");
        MetaAS4Manager.setFactory(new AS4ManagerFactoryInMemory());
        MetaAS4Manager.getInstance();
    }

    @Override
    public Http receive(Map<String, String> headers, byte[] body, Inbox inbox) throws Exception {
        Response response = new Response();
        Processor processor = new Processor(inbox);
        try (AS4RequestHandler handler =
                new AS4RequestHandler(AS4IncomingMessageMetadata.createForRequest())) {
            handler.setCryptoFactorySign(signing);
            handler.setCryptoFactoryCrypt(encryption);
            handler.setPModeResolver((id, service, action, from, to, agreement, address) ->
                    knows(from, to) ? pmode(service, action, from, to) : null);
            handler.setIncomingProfileSelector(new AS4IncomingProfileSelectorConstant(null, false));
            handler.setIncomingAttachmentFactory(IAS4IncomingAttachmentFactory.DEFAULT_INSTANCE);
            handler.setIncomingSecurityConfiguration(incoming());
            handler.setIncomingReceiverConfiguration(new AS4IncomingReceiverConfiguration());
            handler.setProcessorSupplier(() -> new CommonsArrayList<>(processor));
            handler.handleRequest(new ByteArrayInputStream(body), map(headers), response);
        }
        return new Http(response.status, response.type, response.body);
    }

    @Override
    public Outcome send(Order order) throws Exception {
        AtomicReference<Outcome> outcome =
                new AtomicReference<>(new Outcome("none", List.of(), "no signal"));
        Comparison comparison = new Comparison();
        try (AS4ResourceHelper resources = new AS4ResourceHelper()) {
            AS4ClientUserMessage message = message(order, resources);
            AS4BidirectionalClientHelper.sendAS4UserMessageAndReceiveAS4SignalMessage(
                    signing,
                    encryption,
                    (id, service, action, from, to, agreement, address) -> message.getPMode(),
                    IAS4IncomingAttachmentFactory.DEFAULT_INSTANCE,
                    new AS4IncomingProfileSelectorConstant(null, false),
                    message,
                    Locale.US,
                    order.url,
                    null,
                    null,
                    null,
                    incoming(),
                    new AS4IncomingReceiverConfiguration(),
                    null,
                    null,
                    (signal, metadata, state) -> outcome.set(judge(order, signal, state, comparison)),
                    comparison);
        } catch (Exception fault) {
            return new Outcome("refused", List.of(), String.valueOf(fault));
        }
        return outcome.get();
    }

    private Outcome judge(
            Order order,
            Ebms3SignalMessage signal,
            IAS4IncomingMessageState state,
            Comparison comparison) {
        List<String> codes = new ArrayList<>();
        for (Ebms3Error error : signal.getError()) {
            codes.add(error.getErrorCode());
        }
        boolean signed = state.isSoapSignatureChecked()
                && settings.credentials.partner.equals(state.getSigningCertificate());
        if (!codes.isEmpty()) {
            return new Outcome("errors", codes, signed ? "signed" : "unsigned");
        }
        boolean answers = order.messageId.equals(signal.getMessageInfo().getRefToMessageId());
        if (signed && answers && comparison.equal) {
            return new Outcome("receipt", codes, "verified");
        }
        return new Outcome("refused", codes,
                "signed " + signed + ", answers " + answers + ", " + comparison.reasons);
    }

    private AS4ClientUserMessage message(Order order, AS4ResourceHelper resources)
            throws Exception {
        AS4ClientUserMessage message = new AS4ClientUserMessage(resources);
        message.setCryptoFactorySign(crypto(order.signer));
        message.setCryptoFactoryCrypt(encryption);
        message.setPMode(
                pmode(order.service.value(), order.action, settings.own.id(), settings.partner.id()),
                true);
        message.setPModeIDFactory(each -> null);
        message.setAgreementRefValue(null);
        signing(message.signingParams(), order.keyIdentifier);
        if (!order.payloads.isEmpty()) {
            encryption(message.cryptParams(), order.keyIdentifier);
        }
        message.setMessageID(order.messageId);
        message.setConversationID(order.conversationId);
        message.setServiceType(order.service.type().isEmpty() ? null : order.service.type());
        message.setServiceValue(order.service.value());
        message.setAction(order.action);
        message.setFromPartyIDType(settings.own.type());
        message.setFromPartyID(settings.own.id());
        message.setFromRole(settings.role);
        message.setToPartyIDType(settings.partner.type());
        message.setToPartyID(settings.partner.id());
        message.setToRole(settings.role);
        order.properties.forEach((name, value) -> message.ebms3Properties().add(
                MessageProperty.builder().name(name).type(value.type()).value(value.value())
                        .build().getAsEbms3Property()));
        for (Order.Payload each : order.payloads) {
            AS4OutgoingAttachment attachment = AS4OutgoingAttachment.builder()
                    .data(each.octets())
                    .contentID(each.contentId())
                    .mimeType(MimeTypeParser.parseMimeType(each.mimeType()))
                    .compression(each.compress() ? EAS4CompressionMode.GZIP : null)
                    .build();
            message.addAttachment(
                    WSS4JAttachment.createOutgoingFileAttachment(attachment, resources));
        }
        return message;
    }

    private IAS4CryptoFactory crypto(String signer) throws Exception {
        return new AS4CryptoFactoryInMemoryKeyStore(
                settings.credentials.keyStore(),
                signer,
                Credentials.PASSWORD,
                settings.credentials.trustStore());
    }

    private boolean knows(String from, String to) {
        return settings.partner.id().equals(from) && settings.own.id().equals(to);
    }

    private IPMode pmode(String service, String action, String from, String to) {
        PModeLegErrorHandling errors = PModeLegErrorHandling.createUndefined();
        errors.setReportAsResponse(true);
        PModeLegSecurity security = new PModeLegSecurity();
        security.setWSSVersion(EWSSVersion.WSS_111);
        security.setX509SignatureAlgorithm(settings.suite.phase4Signature);
        security.setX509SignatureHashFunction(ECryptoAlgorithmSignDigest.DIGEST_SHA_256);
        security.setX509EncryptionAlgorithm(ECryptoAlgorithmCrypt.AES_128_GCM);
        security.setX509EncryptionMinimumStrength(128);
        security.setSendReceipt(true);
        security.setSendReceiptNonRepudiation(true);
        security.setSendReceiptReplyPattern(EPModeSendReceiptReplyPattern.RESPONSE);
        PModeLeg leg = new PModeLeg(
                PModeLegProtocol.createForDefaultSoapVersion(null),
                PModeLegBusinessInformation.create(service, action, null, CAS4.DEFAULT_MPC_ID),
                errors,
                null,
                security);
        return new PMode(
                from + "-" + to + "-" + action,
                PModeParty.createSimple(from, settings.role),
                PModeParty.createSimple(to, settings.role),
                "none",
                EMEP.ONE_WAY,
                EMEPBinding.PUSH,
                leg,
                null,
                null,
                null);
    }

    private AS4IncomingSecurityConfiguration incoming() {
        AS4SigningParams signing = new AS4SigningParams();
        signing(signing, "bst");
        AS4CryptParams encryption = new AS4CryptParams();
        encryption(encryption, "bst");
        return new AS4IncomingSecurityConfiguration()
                .setSigningParams(signing)
                .setCryptParams(encryption);
    }

    private void signing(AS4SigningParams parameters, String identifier) {
        parameters.setKeyIdentifierType(IDENTIFIERS.get(identifier));
        parameters.setAlgorithmSign(settings.suite.phase4Signature);
        parameters.setAlgorithmSignDigest(ECryptoAlgorithmSignDigest.DIGEST_SHA_256);
        parameters.setUseSingleCertificate(!identifier.equals("pkipath"));
    }

    private void encryption(AS4CryptParams parameters, String identifier) {
        parameters.setKeyIdentifierType(IDENTIFIERS.get(identifier));
        parameters.setAlgorithmCrypt(ECryptoAlgorithmCrypt.AES_128_GCM);
        parameters.setCertificate(settings.credentials.recipient);
        settings.suite.apply(parameters);
        parameters.setAlias("partner");
    }

    private static HttpHeaderMap map(Map<String, String> headers) {
        HttpHeaderMap map = new HttpHeaderMap();
        headers.forEach(map::addHeader);
        return map;
    }

    /** What phase4 finds when it compares the receipt with what it sent. */
    private static final class Comparison implements IAS4SignalMessageValidationResultHandler {
        private boolean equal;
        private final List<String> reasons = new ArrayList<>();

        @Override
        public void onSuccess() {
            equal = reasons.isEmpty();
        }

        @Override
        public void onError(String reason) {
            reasons.add(reason);
        }

        @Override
        public void onNotApplicable() {
            reasons.add("nothing to compare");
        }
    }

    /** The HTTP response as phase4 fills it. */
    private static final class Response implements IAS4ResponseAbstraction {
        private int status = 200;
        private String type = "application/octet-stream";
        private byte[] body;

        @Override
        public void setContent(byte[] octets, Charset charset) {
            body = octets;
        }

        @Override
        public void setContent(HttpHeaderMap headers, IHasInputStream content) {
            try (InputStream stream = content.getInputStream()) {
                body = stream.readAllBytes();
            } catch (java.io.IOException fault) {
                throw new java.io.UncheckedIOException(fault);
            }
            type = headers.getFirstHeaderValue("Content-Type");
        }

        @Override
        public void setMimeType(IMimeType given) {
            type = given.getAsString();
        }

        @Override
        public void setStatus(int code) {
            status = code;
        }
    }

    /** Delivers what phase4 verified and decrypted; it demands both where there are payloads. */
    private static final class Processor implements IAS4IncomingMessageProcessorSPI {
        private final Inbox inbox;

        Processor(Inbox inbox) {
            this.inbox = inbox;
        }

        @Override
        public AS4MessageProcessorResult processAS4UserMessage(
                IAS4IncomingMessageMetadata metadata,
                HttpHeaderMap headers,
                Ebms3UserMessage message,
                IPMode pmode,
                Node payload,
                ICommonsList<WSS4JAttachment> attachments,
                IAS4IncomingMessageState state,
                AS4ErrorList errors) {
            List<Delivered> parts = new ArrayList<>();
            if (attachments != null) {
                for (WSS4JAttachment each : attachments) {
                    try (InputStream stream = each.getSourceStream()) {
                        String id = each.getId().replaceAll("^<|>$", "");
                        parts.add(new Delivered(id, each.getMimeType(), stream.readAllBytes()));
                    } catch (java.io.IOException fault) {
                        return AS4MessageProcessorResult.createFailure();
                    }
                }
            }
            if (!state.isSoapSignatureChecked() || !(parts.isEmpty() || state.isSoapDecrypted())) {
                return AS4MessageProcessorResult.createFailure();
            }
            Map<String, String> properties = new HashMap<>();
            if (message.getMessageProperties() != null) {
                for (Ebms3Property each : message.getMessageProperties().getProperty()) {
                    properties.put(each.getName(), each.getValue());
                }
            }
            inbox.deliver(new Message(
                    message.getMessageInfo().getMessageId(),
                    message.getCollaborationInfo().getAction(),
                    properties,
                    parts));
            return AS4MessageProcessorResult.createSuccess();
        }

        @Override
        public AS4SignalMessageProcessorResult processAS4SignalMessage(
                IAS4IncomingMessageMetadata metadata,
                HttpHeaderMap headers,
                Ebms3SignalMessage signal,
                IPMode pmode,
                IAS4IncomingMessageState state,
                AS4ErrorList errors) {
            return AS4SignalMessageProcessorResult.createSuccess();
        }

        @Override
        public void processAS4ResponseMessage(
                IAS4IncomingMessageMetadata metadata,
                IAS4IncomingMessageState state,
                String messageId,
                byte[] octets,
                boolean available,
                AS4ErrorList errors) {
            // The response is on its way; nothing to do.
        }
    }
}
