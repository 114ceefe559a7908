"""Converters of identifiers and addresses of the Semantic Repository (NOOTS 9.1, 9.7, EDM 7.12)."""

from __future__ import annotations

import re
from typing import Any, Final

from bridge.finding import Severity
from bridge.mapping.account import Env, Unmappable
from bridge.mapping.converter import Converter

_EAS: Final = "urn:cef.eu:names:identifier:EAS:"
_UNREGISTERED: Final = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:"
_EIDAS: Final = re.compile(r"([A-Z]{2})/([A-Z]{2})/(\S{6,256})")
_NINE: Final = re.compile(r"[A-Za-z]{2}/[A-Za-z]{2}/[A-Za-z0-9]{9}")
_BEHIND: Final = "unregistered:"
_NUTS: Final = re.compile(r"[A-Z]{2}[0-9A-Z]{1,3}")
_CLASSIFICATION_COUNTRY: Final = re.compile(r"/evidencetypeclassifications/([A-Z]{2})/")
_REPOSITORY: Final = re.compile(r"https://sr(?:\.[a-zA-Z]+)?\.oots\.tech(?:\.ec)?\.europa\.eu/(.*)")
_TYPES: Final = re.compile(r"(evidencetypeclassifications)/([^/]+)/(.*)")
_REQUIREMENT: Final = "requirements/"
_URN_UUID: Final = "urn:uuid:"
_PRODUCTION: Final = "https://sr.oots.tech.ec.europa.eu/"
_HOSTS: Final = (_PRODUCTION, "https://sr.oots.tech.europa.eu/")
_MODELS: Final = ("datamodels", "distributions")
_WRITTEN_MOST: Final = 255


def _scheme_to_national(value: str, env: Env) -> str:
    """Both published forms pass; an old bare code gets its prefix (NOOTS 9.1.1)."""
    if re.fullmatch(r"[0-9]{4}|[A-Z]{2}", value):
        env.lose("a bare code was written with the prefix of the list")
        return _EAS + value
    if value.startswith(_UNREGISTERED):
        tail = value[len(_UNREGISTERED) :]
        if not re.fullmatch(r"[A-Z]{2}", tail):
            country = (
                env.item.at("Address/AdminUnitLevel1")
                or env.message.fields.at("EvidenceProvider/Address/AdminUnitLevel1")
                or _platform_country(env)
            )
            env.lose(f"the scheme 'unregistered:{tail}' was written with a country code")
            return f"{_UNREGISTERED}{country}"
    return value


def _scheme_to_eu(value: str, _env: Env) -> str:
    return _UNREGISTERED + "EL" if value == _UNREGISTERED + "GR" else value


def _platform_country(env: Env) -> str:
    return str(env.context.find("platform:country") or "DE")


def _listed_scheme_to_national(value: str, env: Env) -> str:
    """Where only the EAS list is admitted, an unregistered scheme stands behind its prefix."""
    scheme = _scheme_to_national(value, env)
    if scheme.startswith(_UNREGISTERED):
        env.lose("this version knows listed schemes only; this one is written behind their prefix")
        return f"{_EAS}{_BEHIND}{scheme[len(_UNREGISTERED) :]}"
    return scheme


def _listed_scheme_to_eu(value: str, env: Env) -> str:
    if value.startswith(_EAS + _BEHIND):
        value = _UNREGISTERED + value[len(_EAS + _BEHIND) :]
    return _scheme_to_eu(value, env)


def _party_to_eu(value: str, _env: Env) -> str:
    if len(value) > _WRITTEN_MOST:
        raise Unmappable("the identifier is longer than 255 characters")
    return value


def _eidas_to_eu(value: str, env: Env) -> str:
    """Only well-formed identifiers made for the receiving country travel (NOOTS 9.1.2)."""
    if env.item.at("Identifier/schemeID") not in (None, "eidas") and _person(env):
        raise Unmappable("the identifier is not of the scheme eidas")
    match = _EIDAS.fullmatch(value)
    if not match:
        raise Unmappable("the eIDAS identifier is not of the form CC/CC/value")
    issuer, receiver, _rest = match.groups()
    country = _receiving_country(env)
    if country and receiver != country and _person(env):
        raise Unmappable("the eIDAS identifier was made for another country")
    if env.message.head.kind and _person(env) and _suppressed(env, issuer, receiver):
        raise Unmappable("identifiers of this country are derived per receiver (UIDSuppression)")
    return value


def _receiving_country(env: Env) -> str | None:
    """The country an order goes to: as named, else that of the evidence type that was chosen."""
    named = env.context.find("receiver:country")
    chosen = env.context.find("choice:EvidenceRequest/EvidenceTypeClassification")
    found = _CLASSIFICATION_COUNTRY.search(str(chosen))
    return str(named) if named else found and found.group(1)


def _nine_to_eu(value: str, env: Env) -> str:
    """The first rules look for nine letters or digits behind the countries (EDM 3.8, P-EID10)."""
    if not _NINE.search(value):
        why = "the eIDAS identifier has not the nine letters or digits of this version"
        if not _person(env):  # mandatory for organisations
            env.find("EIDAS-FORM", Severity.FATAL, why)
        raise Unmappable(why)
    return _eidas_to_eu(value, env)


def _person(env: Env) -> bool:
    return "LegalPersonIdentifier" not in env.path


def _suppressed(env: Env, issuer: str, receiver: str) -> bool:
    countries = env.context.find("settings:uid_suppression") or ()
    keeps = env.context.find("settings:uid_suppression_not_from") or ()
    if issuer not in countries:
        return False
    older = env.target_standard in keeps
    return not (older and issuer == receiver)


def _eidas_to_national(value: str, env: Env) -> str:
    if _person(env) and env.item.at("Identifier/schemeID") not in (None, "eidas"):
        raise Unmappable("the identifier is not of the scheme eidas")
    if not _EIDAS.fullmatch(value):
        env.find(
            "EIDAS-FORM", Severity.WARNING, "the eIDAS identifier is not of the form CC/CC/value"
        )
    return value


def _repository_to_national(value: str, env: Env) -> str:
    """XNachweis admits the production host only; the other is restored backwards (NOOTS 9.7)."""
    match = _REPOSITORY.fullmatch(value.strip())
    if not match:
        raise Unmappable("this is no address of the Semantic Repository")
    rest = match.group(1)
    placeholder = env.context.find("settings:test_country") or "DE"
    if rest.startswith("evidencetypeclassifications/oots/"):
        env.lose("the pseudo country 'oots' was written as a country")
        rest = rest.replace("/oots/", f"/{placeholder}/", 1)
    rest = _bare_requirement(_one_country(rest, env))
    if not value.startswith(_HOSTS) and env.context.find("settings:environment") != "test":
        env.find(
            "SR-ENVIRONMENT",
            Severity.WARNING,
            "an address of a test environment of the Semantic Repository in production",
        )
    return _PRODUCTION + rest


def _one_country(rest: str, env: Env) -> str:
    """A version may want one word for the country of every evidence type (NOOTS 2.9)."""
    match = _TYPES.fullmatch(rest)
    word = env.shelf.repository.country
    if not match or not word or match.group(2) == word:
        return rest
    env.lose("this version does not name the country of an evidence type")
    return f"{match.group(1)}/{word}/{match.group(3)}"


def _bare_requirement(rest: str) -> str:
    """The first EDM rules wanted ``urn:uuid:`` in front of the number (EDM 10.10)."""
    return rest.replace(_REQUIREMENT + _URN_UUID, _REQUIREMENT, 1)


def _repository_to_eu(value: str, env: Env) -> str:
    """Country and host as the version of the target has them; a configured host goes before."""
    if not value.startswith(_PRODUCTION):
        return value
    rest = value[len(_PRODUCTION) :]
    types = _TYPES.fullmatch(rest)
    if types and types.group(2).islower() and types.group(2) != "oots":
        env.lose("the country of the evidence type was not named; it is that of the platform")
        rest = f"{types.group(1)}/{_platform_country(env)}/{types.group(3)}"
    host = env.context.find("settings:repository_host")
    return f"{host or env.shelf.repository.host or _PRODUCTION}{rest}"


def _model_to_national(value: str, env: Env) -> str:
    match = _REPOSITORY.fullmatch(value.strip())
    if not match or not match.group(1).startswith(tuple(f"{folder}/" for folder in _MODELS)):
        raise Unmappable("XNachweis takes only data models of the Semantic Repository")
    name = match.group(1).partition("/")[2]
    return f"{_PRODUCTION}{env.shelf.repository.models}/{name}"


def _model_to_eu(value: str, env: Env) -> str:
    """The folder of data models is that of the target's version (EDM 7.13)."""
    folder, slash, name = value.removeprefix(_PRODUCTION).partition("/")
    if value.startswith(_PRODUCTION) and slash and folder in _MODELS:
        value = f"{_PRODUCTION}{env.shelf.repository.models}/{name}"
    return _repository_to_eu(value, env)


def _company_scheme(env: Env) -> str | None:
    """The counterpart of the scheme of a company's number; VAT goes by country (NOOTS 9.1.3)."""
    scheme = env.item.get("schemeID", "")
    number = env.item.get("value", "")
    pairs = env.shelf.codes["company-identifier"]
    country = number[:2].upper()
    key = f"{scheme} {'EL' if country == 'GR' else country}" if scheme == "VAT" else scheme
    found = pairs.convert(env.direction, key)
    return found.split(" ")[0] if found else None


def _company_number(value: str, env: Env) -> str | None:
    return value if _company_scheme(env) else None


def _company_scheme_of(_value: str, env: Env) -> str | None:
    return _company_scheme(env)


def _nuts_to_eu(value: str, env: Env) -> str:
    country = env.item.get("AdminUnitLevel1", "")
    prefix = "EL" if country == "GR" else country
    if not _NUTS.fullmatch(value) or (prefix and not value.startswith(prefix)):
        raise Unmappable("the region is no NUTS code of its country")
    return value


def _same(value: Any, _env: Env) -> Any:
    return value


def _urn(value: str, _env: Env) -> str:
    return value if value.startswith("urn:uuid:") else f"urn:uuid:{value}"


def _bare(value: str, _env: Env) -> str:
    return value.removeprefix("urn:uuid:")


def _ncname(value: str, _env: Env) -> str:
    """An xs:ID starts with a letter or an underscore; a UUID may not."""
    return f"_{value}"


def _without_mark(value: str, _env: Env) -> str:
    return value.removeprefix("_")


_UUID: Final = r"(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CONVERTERS: Final = (
    Converter("scheme", "scheme of a party identifier", _scheme_to_national, _scheme_to_eu),
    Converter(
        "listed-scheme", "scheme of the EAS list", _listed_scheme_to_national, _listed_scheme_to_eu
    ),
    Converter("party", "identifier of a party, at most 255 characters", _same, _party_to_eu),
    Converter("eidas", "eIDAS identifier, only for its receiver", _eidas_to_national, _eidas_to_eu),
    Converter("eidas-of-nine", "eidas, with nine characters", _eidas_to_national, _nine_to_eu),
    Converter(
        "repository", "address of the repository", _repository_to_national, _repository_to_eu
    ),
    Converter("data-model", "address of a data model", _model_to_national, _model_to_eu),
    Converter("company-number", "number whose scheme both know", _company_number, _company_number),
    Converter("company-scheme", "VAT, LEI or EAS code", _company_scheme_of, _company_scheme_of),
    Converter("nuts", "region; towards the EU only NUTS codes", _same, _nuts_to_eu),
    Converter(
        "uuid", "bare UUID, the EDM side the same", _bare, _bare,
        national_form=_UUID, eu_form=_UUID,
    ),
    Converter("urn", "urn:uuid: both ways", _urn, _urn, national_form=_UUID, eu_form=_UUID),
    Converter(
        "bare-urn", "bare here, urn:uuid: in the EDM", _bare, _urn,
        national_form=_UUID, eu_form=_UUID,
    ),
    Converter("ncname", "an identifier that starts with no digit", _ncname, _without_mark),
    Converter(
        "urn-bare", "urn:uuid: here, bare in the EDM", _urn, _bare,
        national_form=_UUID, eu_form=_UUID,
    ),
)  # fmt: skip
