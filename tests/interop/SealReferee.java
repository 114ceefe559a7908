// An outside referee for seals: Java's own XML Signature (javax.xml.crypto.dsig).
//
//   java SealReferee.java verify OCTETS MESSAGE...
//     one line a message: core validity, signature value, digest (true or false each)
//   java SealReferee.java sign KEYSTORE PASSWORD OCTETS {CANONICALIZATION PREFIXES IN OUT}...
//     seals the last RegistryObject of IN over OCTETS and writes OUT; PREFIXES is - or a list
//
// The URI-less Reference gets its octets from a dereferencer. Java looks for ds:Signature only,
// so the element is renamed around SignedInfo; without the prefix ds its name would count as a
// default namespace in Java's inclusive canonicalisation.

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.URIDereferencer;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.ExcC14NParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

public class SealReferee {
    static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    public static void main(String[] words) throws Exception {
        if (words[0].equals("verify")) {
            byte[] octets = Files.readAllBytes(Path.of(words[1]));
            for (int i = 2; i < words.length; i++) {
                System.out.println(verify(octets, parse(words[i])));
            }
        } else {
            for (int i = 4; i < words.length; i += 4) {
                sign(words, i);
            }
        }
    }

    static String verify(byte[] octets, Document document) throws Exception {
        Element found = child(lastObject(document), "Signature");
        Element signature =
                (Element) document.renameNode(found, XMLSignature.XMLNS, "ds:Signature");
        Node text = signature.getElementsByTagNameNS(XMLSignature.XMLNS, "X509Certificate").item(0);
        InputStream der =
                new ByteArrayInputStream(Base64.getMimeDecoder().decode(text.getTextContent()));
        Certificate signer = CertificateFactory.getInstance("X.509").generateCertificate(der);
        DOMValidateContext context = new DOMValidateContext(signer.getPublicKey(), signature);
        context.setURIDereferencer(supply(octets));
        XMLSignature read = FACTORY.unmarshalXMLSignature(context);
        Reference reference = read.getSignedInfo().getReferences().get(0);
        return read.validate(context) + " " + read.getSignatureValue().validate(context) + " "
                + reference.validate(context);
    }

    static void sign(String[] words, int first) throws Exception {
        char[] password = words[2].toCharArray();
        KeyStore store = KeyStore.getInstance(new File(words[1]), password);
        String alias = store.aliases().nextElement();
        PrivateKey key = (PrivateKey) store.getKey(alias, password);
        X509Certificate certificate = (X509Certificate) store.getCertificate(alias);
        byte[] octets = Files.readAllBytes(Path.of(words[3]));
        Document document = parse(words[first + 2]);
        Element object = lastObject(document);
        DOMSignContext context = new DOMSignContext(key, object);
        context.setDefaultNamespacePrefix("ds");
        context.setURIDereferencer(supply(octets));
        KeyInfoFactory keys = FACTORY.getKeyInfoFactory();
        KeyInfo keyInfo = keys.newKeyInfo(List.of(keys.newX509Data(List.of(certificate))));
        XMLSignature made = FACTORY.newXMLSignature(
                signedInfo(key, words[first], words[first + 1]), keyInfo);
        made.sign(context);
        Element signature = child(object, "Signature");
        document.renameNode(signature, object.getNamespaceURI(), object.getPrefix() + ":Signature");
        TransformerFactory.newInstance().newTransformer()
                .transform(new DOMSource(document), new StreamResult(new File(words[first + 3])));
    }

    static SignedInfo signedInfo(PrivateKey key, String canonicalization, String prefixes)
            throws Exception {
        String method = key.getAlgorithm().equals("RSA")
                ? "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
                : "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
        C14NMethodParameterSpec rendered = prefixes.equals("-")
                ? null : new ExcC14NParameterSpec(List.of(prefixes.split(",")));
        Reference reference = FACTORY.newReference(
                null, FACTORY.newDigestMethod("http://www.w3.org/2001/04/xmlenc#sha512", null));
        return FACTORY.newSignedInfo(
                FACTORY.newCanonicalizationMethod(canonicalization, rendered),
                FACTORY.newSignatureMethod(method, null),
                List.of(reference));
    }

    static URIDereferencer supply(byte[] octets) {
        return (reference, context) -> {
            if (reference.getURI() != null) {
                throw new IllegalArgumentException("a Reference of a seal has no URI");
            }
            return new OctetStreamData(new ByteArrayInputStream(octets));
        };
    }

    static Document parse(String file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new File(file));
    }

    static Element lastObject(Document document) {
        NodeList found = document.getElementsByTagNameNS("*", "RegistryObject");
        return (Element) found.item(found.getLength() - 1);
    }

    static Element child(Element parent, String name) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (name.equals(node.getLocalName())) {
                return (Element) node;
            }
        }
        throw new IllegalArgumentException("no " + name);
    }
}
