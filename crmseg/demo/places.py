"""Where the generated people and companies are: real cities, approximate coordinates, made-up postal codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`postal` is a pattern: `#` is any digit, `?` any letter. `weight` says how often people live there."""

    city: str
    region: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    postal: str
    weight: float = 1


_EAST, _CENTRAL, _PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"

GREATER_BOSTON = (
    Place("Boston", "Massachusetts", "US", 42.3601, -71.0589, _EAST, "021##", 5),
    Place("Cambridge", "Massachusetts", "US", 42.3736, -71.1097, _EAST, "021##", 2),
    Place("Somerville", "Massachusetts", "US", 42.3876, -71.0995, _EAST, "021##"),
    Place("Brookline", "Massachusetts", "US", 42.3318, -71.1212, _EAST, "024##"),
    Place("Quincy", "Massachusetts", "US", 42.2529, -71.0023, _EAST, "021##"),
    Place("Newton", "Massachusetts", "US", 42.3370, -71.2092, _EAST, "024##"),
    Place("Waltham", "Massachusetts", "US", 42.3765, -71.2356, _EAST, "024##"),
    Place("Medford", "Massachusetts", "US", 42.4184, -71.1062, _EAST, "021##", 0.5),
)

PLACES = (
    *GREATER_BOSTON,
    Place("Salem", "Massachusetts", "US", 42.5195, -70.8967, _EAST, "019##", 0.5),
    Place("Worcester", "Massachusetts", "US", 42.2626, -71.8023, _EAST, "016##"),
    Place("Providence", "Rhode Island", "US", 41.8240, -71.4128, _EAST, "029##"),
    Place("Portland", "Maine", "US", 43.6591, -70.2568, _EAST, "041##", 0.5),
    Place("New York", "New York", "US", 40.7128, -74.0060, _EAST, "100##", 8),
    Place("Buffalo", "New York", "US", 42.8864, -78.8784, _EAST, "142##"),
    Place("Philadelphia", "Pennsylvania", "US", 39.9526, -75.1652, _EAST, "191##", 3),
    Place("Pittsburgh", "Pennsylvania", "US", 40.4406, -79.9959, _EAST, "152##"),
    Place("Washington", "District of Columbia", "US", 38.9072, -77.0369, _EAST, "200##", 2),
    Place("Atlanta", "Georgia", "US", 33.7490, -84.3880, _EAST, "303##", 2),
    Place("Miami", "Florida", "US", 25.7617, -80.1918, _EAST, "331##", 2),
    Place("Chicago", "Illinois", "US", 41.8781, -87.6298, _CENTRAL, "606##", 5),
    Place("Minneapolis", "Minnesota", "US", 44.9778, -93.2650, _CENTRAL, "554##"),
    Place("Austin", "Texas", "US", 30.2672, -97.7431, _CENTRAL, "787##", 2),
    Place("Houston", "Texas", "US", 29.7604, -95.3698, _CENTRAL, "770##", 3),
    Place("Nashville", "Tennessee", "US", 36.1627, -86.7816, _CENTRAL, "372##", 2),
    Place("Denver", "Colorado", "US", 39.7392, -104.9903, "America/Denver", "802##", 2),
    Place("Phoenix", "Arizona", "US", 33.4484, -112.0740, "America/Phoenix", "850##", 2),
    Place("Seattle", "Washington", "US", 47.6062, -122.3321, _PACIFIC, "981##", 2),
    Place("Portland", "Oregon", "US", 45.5152, -122.6784, _PACIFIC, "972##"),
    Place("San Francisco", "California", "US", 37.7749, -122.4194, _PACIFIC, "941##", 3),
    Place("Los Angeles", "California", "US", 34.0522, -118.2437, _PACIFIC, "900##", 6),
    Place("San Diego", "California", "US", 32.7157, -117.1611, _PACIFIC, "921##", 2),
    Place("Toronto", "Ontario", "CA", 43.6532, -79.3832, "America/Toronto", "M#? #?#", 3),
    Place("Montréal", "Québec", "CA", 45.5019, -73.5674, "America/Toronto", "H#? #?#", 2),
    Place("Vancouver", "British Columbia", "CA", 49.2827, -123.1207, "America/Vancouver", "V#? #?#"),
    Place("London", "England", "GB", 51.5074, -0.1278, "Europe/London", "SE# #??", 5),
    Place("Manchester", "England", "GB", 53.4808, -2.2426, "Europe/London", "M# #??", 2),
    Place("Bristol", "England", "GB", 51.4545, -2.5879, "Europe/London", "BS# #??"),
    Place("Edinburgh", "Scotland", "GB", 55.9533, -3.1883, "Europe/London", "EH# #??"),
    Place("Dublin", "Leinster", "IE", 53.3498, -6.2603, "Europe/Dublin", "D## ????", 1),
    Place("Roma", "Lazio", "IT", 41.9028, 12.4964, "Europe/Rome", "001##", 3),
    Place("Milano", "Lombardia", "IT", 45.4642, 9.1900, "Europe/Rome", "201##", 3),
    Place("Torino", "Piemonte", "IT", 45.0703, 7.6869, "Europe/Rome", "101##"),
    Place("Bologna", "Emilia-Romagna", "IT", 44.4949, 11.3426, "Europe/Rome", "401##"),
    Place("Napoli", "Campania", "IT", 40.8518, 14.2681, "Europe/Rome", "801##", 2),
    Place("Paris", "Île-de-France", "FR", 48.8566, 2.3522, "Europe/Paris", "750##", 4),
    Place("Lyon", "Auvergne-Rhône-Alpes", "FR", 45.7640, 4.8357, "Europe/Paris", "690##"),
    Place("Marseille", "Provence-Alpes-Côte d'Azur", "FR", 43.2965, 5.3698, "Europe/Paris", "130##"),
    Place("Nantes", "Pays de la Loire", "FR", 47.2184, -1.5536, "Europe/Paris", "440##", 0.5),
    Place("Madrid", "Comunidad de Madrid", "ES", 40.4168, -3.7038, "Europe/Madrid", "280##", 3),
    Place("Barcelona", "Cataluña", "ES", 41.3874, 2.1686, "Europe/Madrid", "080##", 2),
    Place("Sevilla", "Andalucía", "ES", 37.3891, -5.9845, "Europe/Madrid", "410##"),
    Place("Valencia", "Comunidad Valenciana", "ES", 39.4699, -0.3763, "Europe/Madrid", "460##"),
    Place("Berlin", "Berlin", "DE", 52.5200, 13.4050, "Europe/Berlin", "10###", 3),
    Place("Hamburg", "Hamburg", "DE", 53.5511, 9.9937, "Europe/Berlin", "20###", 2),
    Place("München", "Bayern", "DE", 48.1351, 11.5820, "Europe/Berlin", "80###", 2),
    Place("Köln", "Nordrhein-Westfalen", "DE", 50.9375, 6.9603, "Europe/Berlin", "50###"),
    Place("Wien", "Wien", "AT", 48.2082, 16.3738, "Europe/Vienna", "1##0"),
    Place("Zürich", "Zürich", "CH", 47.3769, 8.5417, "Europe/Zurich", "80##"),
)

# A shop in Pennsylvania sells mostly at home; its leads are sought in Boston and in Europe as well.
CUSTOMERS_LIVE = {place: place.weight * (6 if place.country == "US" else 1) for place in PLACES}
LEADS_LIVE = {place: place.weight * (4 if place in GREATER_BOSTON else 1) for place in PLACES}

LANGUAGES: dict[str, dict[str, float]] = {
    "US": {"en": 88, "es": 10, "fr": 1, "it": 1},
    "CA": {"en": 75, "fr": 25},
    "GB": {"en": 97, "fr": 2, "es": 1},
    "IE": {"en": 1},
    "IT": {"it": 96, "de": 2, "en": 2},
    "FR": {"fr": 97, "es": 2, "en": 1},
    "ES": {"es": 95, "en": 3, "fr": 2},
    "DE": {"de": 95, "it": 2, "en": 3},
    "AT": {"de": 1},
    "CH": {"de": 70, "fr": 22, "it": 8},
}

# Numbers that their countries set aside for fiction: they ring nowhere.
FICTION_NUMBERS = {
    "US": "+121555501##",
    "GB": "+4420794609##",
    "FR": "+331990012##",
    "DE": "+493023125###",
}
