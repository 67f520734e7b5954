"""Where a column of a file may go, and the likely place by its name in four languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from .. import values
from ..fields import Field, writable

FULL_NAME, LATITUDE, LONGITUDE = "full_name", "latitude", "longitude"
COMPANY_NAME, COMPANY_DOMAIN = "company.name", "company.domain"
CONSENTS = ("consent.email", "consent.sms", "consent.phone")

SYNONYMS: dict[str, str] = {
    "external_id": "customer id|client id|user id|userid|contact id|crm id|codice cliente|id cliente|id client|codigo",
    "email": "e mail|mail|email address|e mail address|indirizzo email|indirizzo e mail|posta elettronica|courriel"
    "|adresse mail|adresse email|adresse e mail|correo|correo electronico|direccion de correo",
    "phone": "telephone|tel|mobile|mobile phone|cell|cellphone|phone number|telefono|cellulare|portable"
    "|telephone mobile|movil|numero di telefono|numero de telephone|numero de telefono",
    "first_name": "firstname|given name|forename|nome|prenom|nombre",
    "last_name": "lastname|surname|family name|cognome|nom|nom de famille|apellido|apellidos",
    FULL_NAME: "name|full name|contact name|nome e cognome|nome completo|nom complet|nombre completo|nom et prenom",
    "birth_date": "birthday|date of birth|dob|birthdate|data di nascita|compleanno|date de naissance|anniversaire"
    "|fecha de nacimiento|cumpleanos",
    "gender": "sex|sesso|genere|sexe|genre|sexo|genero",
    "marital_status": "stato civile|situation familiale|etat civil|estado civil",
    "education": "istruzione|titolo di studio|niveau d etudes|educacion|estudios",
    "country": "nation|country code|paese|nazione|stato|pays|pais",
    "region": "state|province|county|regione|provincia|departement|comunidad autonoma",
    "city": "town|citta|comune|localita|ville|commune|ciudad|localidad|municipio",
    "postal_code": "zip|zip code|zipcode|postcode|postal|cap|codice postale|code postal|codigo postal",
    "time_zone": "timezone|fuso orario|fuseau horaire|zona horaria",
    "language": "lang|locale|lingua|langue|idioma|lengua",
    "interests": "interest|tags|interessi|interets|centres d interet|intereses",
    "job_title": "title|job|position|role|ruolo|qualifica|poste|fonction|cargo|puesto",
    "department": "reparto|dipartimento|service|departamento",
    "lifecycle_stage": "stage|lifecycle|fase|stadio|etape|etapa",
    "lead_status": "status|lead state|stato lead|estado",
    "source": "lead source|origin|origine|fonte|provenienza|fuente|origen",
    "owner": "contact owner|account manager|proprietario|responsabile|proprietaire|responsable|propietario",
    "budget": "presupuesto",
    "location": "coordinates|coordinate|coordonnees|coordenadas|geo|lat lon|lat lng",
    LATITUDE: "lat|latitudine|latitud",
    LONGITUDE: "lon|lng|long|longitudine|longitud",
    COMPANY_NAME: "company|organization|organisation|employer|azienda|societa|ditta|ragione sociale|entreprise|societe"
    "|empresa|compania|company name",
    COMPANY_DOMAIN: "domain|website|web site|company website|sito|sito web|dominio|site web|domaine|sitio web",
    "consent.email": "consent|newsletter|opt in|optin|subscribed|email consent|consenso|iscritto|consentement|abonne"
    "|consentimiento|suscrito|marketing consent",
}


def targets(catalog: Mapping[str, Field] | None = None) -> list[tuple[str, str, str]]:
    """(key, label, group) of everything a column may fill."""
    known = dict(catalog or values.catalog())
    place, identity, company = str(known["city"].group), str(known["email"].group), _("Company")
    return [
        *((field.key, str(field.label), str(field.group)) for field in writable(known)),
        (FULL_NAME, _("Full name"), identity),
        (LATITUDE, _("Latitude"), place),
        (LONGITUDE, _("Longitude"), place),
        (COMPANY_NAME, _("Company name"), company),
        (COMPANY_DOMAIN, _("Company domain"), company),
        *((key, _("Consent: %(channel)s") % {"channel": key.partition(".")[2]}, _("Consent")) for key in CONSENTS),
    ]


def guess(columns: Sequence[str], catalog: Mapping[str, Field] | None = None) -> dict[str, str]:
    """Column name → key, each key once; columns nobody recognises are left out."""
    known: dict[str, str] = {}
    for key, label, _group in targets(catalog):
        for name in (label, key, *SYNONYMS.get(key, "").split("|")):
            known.setdefault(fold(name), key)
    guessed: dict[str, str] = {}
    for column in columns:
        key = known.get(fold(column), "")
        if key and key not in guessed.values():
            guessed[column] = key
    return guessed


def fold(name: str) -> str:
    """Without case, accents and punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", plain).strip()
