"""``bridge seal``: sign the evidence of a message, or verify its seals."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from bridge.cli.documents import Loaded, load, read_octets, write_octets
from bridge.cli.options import catalogue, json_option, moment, standards_option
from bridge.cli.output import DONE, REFUSED, Output, Styled
from bridge.errors import RemoteFault, SettingsFault
from bridge.finding import Finding, Severity, in_order
from bridge.message import Group
from bridge.xml.nodes import Field, Leaf, Shape
from bridge.xml.place import line_of

if TYPE_CHECKING:
    from bridge.xml.seal import SealKey, SealTrust, SealVerdict

_SIGNATURE: Final = "Signature"
_CONTENT: Final = "RepositoryItem/RepositoryItem"
_PROVIDER: Final = "EvidenceProviderReference"
_ACCEPTED: Final = {"valid": "good", "absent": "warn", "not-verifiable": "warn"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """One RegistryObject and the verdict on its seal."""

    object_id: str
    line: int | None
    verdict: SealVerdict

    def as_json(self) -> dict[str, Any]:
        """The shape that ``--json`` prints."""
        return {
            "object": self.object_id,
            "line": self.line,
            "verdict": self.verdict.value,
            "reason": self.verdict.reason,
            "reading": self.verdict.reading,
            "algorithm": self.verdict.algorithm,
            "signer": _subject(self.verdict),
        }


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    sign = actions.add_parser("sign", help="seal every evidence that is embedded in a message")
    sign.add_argument("file", metavar="FILE", help="a 0102, 0302 or 0412; '-' is stdin")
    sign.add_argument(
        "-k", "--key", metavar="KEY", required=True, help="private key, PEM or PKCS #12"
    )
    sign.add_argument("-c", "--cert", metavar="CERT", help="its certificates, PEM, if not with it")
    sign.add_argument("--password-file", metavar="FILE", help="holds the password of the key")
    sign.add_argument(
        "-o", "--output", metavar="OUT", required=True, type=Path, help="the sealed message"
    )
    sign.set_defaults(run=run_sign)
    verify = actions.add_parser("verify", help="verify the seal of every evidence of a message")
    verify.add_argument("file", metavar="FILE", help="a 0102, 0302 or 0412; '-' is stdin")
    verify.add_argument(
        "--trust",
        metavar="CERT",
        nargs="+",
        required=True,
        help="certificates, PEM: of authorities, or of single signers",
    )
    verify.add_argument(
        "--at", metavar="TIME", type=moment, help="judge certificates at this time (default: now)"
    )
    verify.add_argument(
        "--allow-absent", action="store_true", help="an evidence without a seal is no failure"
    )
    verify.set_defaults(run=run_verify)
    examples = {
        sign: "bridge seal sign answer.xml -k seal.pem -o sealed.xml",
        verify: "bridge seal verify sealed.xml --trust authority.pem",
    }
    for action, example in examples.items():
        json_option(action)
        standards_option(action)
        action.epilog = f"example:\n  {example}"
    parser.epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples.values())


# --- sign ---------------------------------------------------------------------


def run_sign(arguments: argparse.Namespace, out: Output) -> int:
    """Seal every embedded evidence and write the message."""
    known = catalogue(arguments)
    loaded = load(arguments.file, known)
    _sealable(loaded)
    key = _key(arguments)
    signer = _Signer(key)
    fields = signer.group(loaded.message.fields, loaded.kind.shape)
    if not signer.signed:
        raise SettingsFault(
            "the message embeds no evidence, so there is nothing to seal", where=arguments.file
        )
    standard = loaded.binding.standard
    write_octets(arguments.output, known.write(known.message(standard, loaded.kind.kind, fields)))
    if arguments.json:
        out.json({"file": str(arguments.output), "signed": signer.signed})
    else:
        count = len(signer.signed)
        out.line(f"sealed {count} evidence{'s' if count > 1 else ''}: {arguments.output}")
    return DONE


def _key(arguments: argparse.Namespace) -> SealKey:
    from bridge.xml.seal import load_seal_key

    octets = read_octets(arguments.key)
    if arguments.cert:
        octets += b"\n" + read_octets(arguments.cert)
    password = read_octets(arguments.password_file).strip() if arguments.password_file else None
    return load_seal_key(octets, password)


class _Signer:
    """Rebuilds the fields of a message with a new seal on every embedded evidence."""

    def __init__(self, key: SealKey) -> None:
        self._key = key
        self.signed: list[str] = []

    def group(self, fields: Group, shape: Shape) -> Group:
        """Give the same fields, sealed where the binding has a place for a seal."""
        from bridge.xml.seal import create_seal

        new: dict[str, Any] = {}
        for name, value in fields.items():
            row = shape.field(name)
            inner = row.shape if row else None
            if inner is None:
                new[name] = value
            elif isinstance(value, tuple):
                new[name] = tuple(self.group(item, inner) for item in value)
            else:
                new[name] = self.group(value, inner)
        place, content = _seal_field(shape), fields.at(_CONTENT)
        if place is not None and isinstance(content, bytes):
            new[_SIGNATURE] = create_seal(content, key=self._key, element_name=place.tag)
            self.signed.append(str(fields.get("id", "")))
        return Group(new)


def _seal_field(shape: Shape) -> Field | None:
    row = shape.field(_SIGNATURE)
    return row if row and isinstance(row.of, Leaf) and row.of.kind == "xml" else None


# --- verify -------------------------------------------------------------------


def run_verify(arguments: argparse.Namespace, out: Output) -> int:
    """Verify every seal; the exit code is 1 if one is not valid, or the message is not.

    The schema is asked first (NOOTS 4.3): in a message of another shape the evidence that is read
    need not be the evidence that a seal covers.
    """
    from bridge.rules.schema import SchemaCheck

    loaded = load(arguments.file, catalogue(arguments))
    findings = in_order(
        (
            *filter(_is_fatal, loaded.reading.findings),
            *SchemaCheck()(loaded.document, loaded.binding),
        )
    )
    trust = trust_of(arguments.trust)
    at = arguments.at or datetime.now(UTC)
    judged = verify(loaded, trust, at)
    if arguments.json:
        out.json(
            {
                "file": arguments.file,
                "seals": [each.as_json() for each in judged],
                "findings": [finding.as_json() for finding in findings],
            }
        )
    else:
        _tell(judged, out)
        if findings:
            out.heading("the message is not valid, so no seal counts")
            out.findings(findings)
    passing = {"valid", "absent"} if arguments.allow_absent else {"valid"}
    enough = not findings and (bool(judged) or arguments.allow_absent)
    return DONE if enough and all(j.verdict.value in passing for j in judged) else REFUSED


def _is_fatal(finding: Finding) -> bool:
    return finding.severity is Severity.FATAL


def verify(loaded: Loaded, trust: SealTrust, at: datetime) -> list[Sealed]:
    """Verify the seal of every RegistryObject of a message, where it stands in the document."""
    from bridge.xml.seal import verify_seal

    judged = []
    for row in _sealable(loaded):
        for element in loaded.document.root.iter(row.tag):
            texts = _texts(element)
            content = loaded.document.contents.get(texts.get("RepositoryItem", ""))
            verdict = verify_seal(
                element, trust=trust, at=at, provider=texts.get(_PROVIDER), content=content
            )
            judged.append(Sealed(texts.get("id", ""), line_of(element), verdict))
    return judged


def _sealable(loaded: Loaded) -> list[Field]:
    """The rows of the binding that hold sealed evidence. Raises ``SettingsFault`` without any."""
    rows = list({row.tag: row for row in _with_seal(loaded.kind.shape, set())}.values())
    if not rows:
        head = loaded.message.head
        raise SettingsFault(
            f"{head.kind} of {head.standard} has no place for a seal",
            where=loaded.name,
            remedy="Sealed evidence stands in the 0102, 0302 and 0412 of XNachweis.",
        )
    return rows


def _with_seal(shape: Shape, seen: set[str]) -> Iterator[Field]:
    for row in shape.named_fields():
        inner = row.shape
        if inner is None or inner.name in seen:
            continue
        seen.add(inner.name)
        if _seal_field(inner) is not None:
            yield row
        yield from _with_seal(inner, seen)


def _texts(element: etree._Element) -> dict[str, str]:
    """The texts of the children by local name; of RepositoryItem the text of its content."""
    texts = {}
    for child in element.iterchildren(etree.Element):
        inner = child[0] if len(child) and isinstance(child[0].tag, str) else child
        texts[etree.QName(child).localname] = (inner.text or "").strip()
    return texts


def trust_of(names: list[str]) -> SealTrust:
    """Load certificates: authorities become anchors, single signers are pinned.

    Raises ``SettingsFault`` for what is no certificate.
    """
    from cryptography import x509

    from bridge.xml.seal import SealTrust

    anchors: list[x509.Certificate] = []
    pinned: list[x509.Certificate] = []
    for name in names:
        try:
            certificates = x509.load_pem_x509_certificates(read_octets(name))
        except (ValueError, RemoteFault) as error:
            raise SettingsFault(
                "the file holds no readable certificate in PEM form", where=name
            ) from error
        for certificate in certificates:
            (anchors if _is_authority(certificate) else pinned).append(certificate)
    return SealTrust(anchors=tuple(anchors), pinned=tuple(pinned))


def _is_authority(certificate: Any) -> bool:
    from cryptography import x509

    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return bool(constraints.value.ca)


def _subject(verdict: SealVerdict) -> str | None:
    from cryptography import x509

    if verdict.certificate is None:
        return None
    return x509.load_der_x509_certificate(verdict.certificate).subject.rfc4514_string()


def _tell(judged: list[Sealed], out: Output) -> None:
    out.table(
        ("seal", "object", "line", "signer", "reason"),
        [
            (
                Styled(each.verdict.value, _ACCEPTED.get(each.verdict.value, "bad")),
                each.object_id,
                str(each.line or ""),
                _subject(each.verdict) or "",
                each.verdict.reason,
            )
            for each in judged
        ],
    )
    if not judged:
        out.line("the message holds no evidence")
