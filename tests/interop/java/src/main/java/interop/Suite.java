package interop;

import com.helger.phase4.crypto.AS4CryptParams;
import com.helger.phase4.crypto.ECryptoAlgorithmSign;
import org.apache.wss4j.common.WSS4JConstants;
import org.apache.wss4j.common.crypto.AlgorithmSuite;
import org.apache.wss4j.dom.message.WSSecEncrypt;

/** The algorithms of a peer: eDelivery AS4 1.15, or one of the two suites of 2.0. */
enum Suite {
    RSA(WSS4JConstants.RSA_SHA256, ECryptoAlgorithmSign.RSA_SHA_256, null),
    X25519(
            WSS4JConstants.ED25519,
            ECryptoAlgorithmSign.EDDSA_ED25519,
            WSS4JConstants.AGREEMENT_METHOD_X25519),
    EC(
            WSS4JConstants.ECDSA_SHA256,
            ECryptoAlgorithmSign.ECDSA_SHA_256,
            WSS4JConstants.AGREEMENT_METHOD_ECDH_ES);

    final String signature;
    final ECryptoAlgorithmSign phase4Signature;
    private final String agreement;

    Suite(String signature, ECryptoAlgorithmSign phase4Signature, String agreement) {
        this.signature = signature;
        this.phase4Signature = phase4Signature;
        this.agreement = agreement;
    }

    void apply(WSSecEncrypt encryption) {
        if (agreement == null) {
            encryption.setKeyEncAlgo(WSS4JConstants.KEYTRANSPORT_RSAOAEP_XENC11);
            encryption.setMGFAlgorithm(WSS4JConstants.MGF_SHA256);
            encryption.setDigestAlgorithm(WSS4JConstants.SHA256);
        } else {
            encryption.setKeyAgreementMethod(agreement);
            encryption.setKeyDerivationMethod(WSS4JConstants.KEYDERIVATION_HKDF);
            encryption.setKeyEncAlgo(WSS4JConstants.KEYWRAP_AES128);
        }
    }

    void apply(AS4CryptParams parameters) {
        switch (this) {
            case X25519 -> parameters.setEDelivery2KeyAgreementX25519();
            case EC -> parameters.setEDelivery2KeyAgreementECDHES();
            default -> { }
        }
    }

    /** Allows the wrapping of keys by this suite and no other. */
    void allow(AlgorithmSuite suite) {
        suite.addSignatureMethod(signature);
        if (agreement == null) {
            suite.addKeyWrapAlgorithm(WSS4JConstants.KEYTRANSPORT_RSAOAEP_XENC11);
            suite.setMinimumAsymmetricKeyLength(2048);
        } else {
            suite.addKeyWrapAlgorithm(WSS4JConstants.KEYWRAP_AES128);
            suite.addKeyAgreementMethodAlgorithm(agreement);
            suite.setMinimumEllipticCurveKeyLength(255);
        }
    }
}
