"""Names and words of the generated people, companies and events."""

from __future__ import annotations

WOMEN = {
    "en": "Alice Amy Anna Beth Carol Claire Diane Donna Ellen Emily Erin Grace Hannah Heather Holly Janet Jill Joan "
    "Julia Karen Kate Laura Linda Lisa Lucy Mary Megan Nancy Nora Paula Rachel Rose Ruth Sarah Susan Tina "
    "Vera Wendy",
    "it": "Ada Alessia Anna Arianna Bianca Camilla Carla Chiara Cristina Daniela Elena Elisa Federica Francesca "
    "Giada Giorgia Giulia Ilaria Irene Laura Lucia Marta Martina Monica Paola Roberta Sara Silvia Sofia "
    "Valentina",
    "fr": "Adèle Agnès Alice Anaïs Camille Caroline Cécile Chloé Claire Élise Emma Hélène Inès Jeanne Julie "
    "Juliette Laure Léa Louise Lucie Manon Marie Mathilde Nathalie Pauline Sandrine Sophie Sylvie Zoé",
    "es": "Alba Alicia Ana Beatriz Carmen Celia Clara Cristina Elena Elisa Eva Inés Irene Isabel Laura Lucía María "
    "Marta Mercedes Nuria Olga Patricia Pilar Raquel Rocío Rosa Sara Silvia Sofía Teresa",
    "de": "Andrea Anja Anke Anna Birgit Britta Claudia Elke Eva Franziska Greta Hanna Heike Ida Ines Jana Johanna "
    "Julia Karin Katrin Lea Lena Maria Marlene Nina Petra Renate Sabine Silke Ulrike",
}
MEN = {
    "en": "Adam Alan Andrew Ben Brian Carl Chris Colin Daniel David Dennis Eric Frank Gary George Henry Ian Jack "
    "James Jason John Keith Kevin Luke Mark Martin Neil Nick Oliver Paul Peter Philip Robert Ryan Scott Simon "
    "Thomas Tim",
    "it": "Alberto Alessandro Andrea Antonio Bruno Carlo Claudio Dario Davide Edoardo Enrico Fabio Filippo "
    "Francesco Giacomo Gianni Giorgio Giovanni Lorenzo Luca Marco Matteo Michele Nicola Paolo Pietro Riccardo "
    "Simone Stefano",
    "fr": "Adrien Alain Antoine Arthur Benoît Bruno Cédric Damien Denis Émile Éric Étienne Fabien Gilles Guillaume "
    "Hugo Jacques Jean Jérôme Julien Laurent Lucas Marc Mathieu Michel Nicolas Olivier Pascal Pierre Rémi "
    "Thomas Yves",
    "es": "Adrián Alberto Alejandro Álvaro Andrés Ángel Antonio Carlos Daniel David Diego Eduardo Emilio Enrique "
    "Felipe Fernando Gonzalo Hugo Ignacio Iván Javier Jorge José Juan Luis Manuel Mario Miguel Pablo Pedro "
    "Rafael Sergio",
    "de": "Alexander Andreas Bernd Christian Daniel Dieter Dirk Erik Felix Florian Frank Georg Hans Heinz Jan Jens "
    "Jonas Jörg Jürgen Karl Klaus Lars Lukas Markus Matthias Max Michael Moritz Oliver Rainer Stefan Sven "
    "Thomas Uwe",
}
SURNAMES = {
    "en": "Abbott Adams Archer Bailey Baker Barnes Bennett Brooks Butler Carter Clarke Cole Cooper Davies Dixon "
    "Ellis Evans Fisher Foster Gibson Graham Hall Harper Hughes Hunt Jackson Kelly Lane Lawson Marsh Mason "
    "Morgan Murphy Nolan Oakes Palmer Parker Porter Price Quinn Reed Rhodes Shaw Stone Taylor Turner Walsh "
    "Ward Webb Wood",
    "it": "Amato Barbieri Bassi Bellini Benedetti Bianchi Bruno Caruso Colombo Conti Costa De_Luca Esposito Fabbri "
    "Ferrari Ferri Fontana Galli Gatti Greco Leone Lombardi Longo Mancini Mariani Marini Martini Moretti Neri "
    "Orlando Pellegrini Ricci Rinaldi Riva Rizzo Romano Rossi Russo Santoro Serra Testa Valentini Villa "
    "Vitale",
    "fr": "Andre Aubert Barbier Bernard Bertrand Blanc Bonnet Bouvier Brun Caron Chevalier Clément David Dubois "
    "Dumas Dupont Durand Fabre Faure Fontaine Fournier Garnier Gauthier Girard Lambert Laurent Leclerc "
    "Lefèvre Legrand Lemaire Marchand Martin Mercier Meunier Moreau Morel Noël Perrin Petit Picard Renard "
    "Robert Rousseau Roux",
    "es": "Aguilar Alonso Álvarez Blanco Bravo Cabrera Calvo Campos Cano Castillo Castro Cruz Delgado Díaz "
    "Domínguez Fernández Flores Gallego Garrido Gil Gómez Guerrero Herrera Iglesias Jiménez León Lozano Marín "
    "Medina Molina Mora Moreno Navarro Ortega Peña Prieto Ramos Reyes Rivas Romero Rubio Ruiz Santos Serrano "
    "Soler Torres Vega Vidal",
    "de": "Albrecht Arnold Bauer Baumann Beck Berger Böhm Brandt Busch Dietrich Engel Fischer Frank Graf Groß Haas "
    "Hahn Hartmann Herrmann Hoffmann Huber Jung Kaiser Keller Koch König Kraus Krüger Lang Lehmann Lorenz "
    "Maier Meyer Müller Neumann Otto Peters Pohl Richter Roth Sauer Schäfer Schmidt Schulz Schwarz Seidel "
    "Vogel Wagner Weber Wolf",
}

GENDERS = {"female": 48.5, "male": 48.5, "non-binary": 3.0}
EDUCATION = {"primary": 2, "secondary": 24, "vocational": 22, "bachelor": 32, "master": 16, "doctorate": 4}
INCOME_BANDS = {"low": 30, "middle": 52, "high": 18}

INTERESTS = (
    "jazz",
    "rock",
    "classical",
    "electronic",
    "folk",
    "hip-hop",
    "film music",
    "vinyl",
    "concerts",
    "workshops",
    "home recording",
    "playing an instrument",
    "gifts",
    "podcasts",
)
GENRES = ("Rock", "Jazz", "Classical", "Electronic", "Folk", "Hip-hop", "Soundtracks")
PERSONALITIES = ("curious", "analytical", "sociable", "calm", "adventurous")
ATTITUDES = ("early adopter", "pragmatic", "price-conscious", "brand-loyal", "sceptical")
VALUES = ("sustainability", "quality", "community", "independence", "tradition", "family")
LIFESTYLES = ("urban", "outdoor", "home-loving", "frequent traveller", "night owl", "family-centred")
STYLES = ("minimalist", "classic", "colourful", "vintage", "sporty")

SYSTEMS = {
    "desktop": {"Windows": 62, "macOS": 28, "Linux": 10},
    "mobile": {"Android": 58, "iOS": 42},
    "tablet": {"iPadOS": 65, "Android": 35},
}
DEVICES = {"desktop": 38, "mobile": 52, "tablet": 10}
APPS = (
    "shop app",
    "music streaming",
    "video streaming",
    "messenger",
    "photo sharing",
    "ticket wallet",
    "podcast player",
)
SOFTWARE = (
    "spreadsheet",
    "web shop",
    "accounting",
    "point of sale",
    "CRM",
    "newsletter tool",
    "audio editor",
    "music notation",
)

CONSUMER_NEEDS = ("gift ideas", "rare records", "faster delivery", "advice", "lower prices")
CONSUMER_OBJECTIVES = ("build a collection", "discover new music", "learn an instrument", "save time")
BUSINESS_NEEDS = ("music for a venue", "music licence", "sound equipment", "teaching material", "recording gear")
BUSINESS_OBJECTIVES = ("grow revenue", "open a second location", "keep guests longer", "teach music", "cut costs")

INDUSTRIES = {
    "Retail": ("Store", "Trading", "Market"),
    "Hospitality": ("Hotel", "Café", "Bar"),
    "Education": ("School", "Academy", "Institute"),
    "Media": ("Studio", "Pictures", "Radio"),
    "Fitness": ("Gym", "Club", "Dance"),
    "Technology": ("Systems", "Software", "Labs"),
    "Healthcare": ("Clinic", "Care", "Practice"),
}
COMPANY_WORDS = (
    "Amber Aspen Beacon Birch Blue Bridge Bright Cedar Clear Copper Coral Crest Delta Eastern Echo Ember Falcon "
    "Forest Garden Golden Granite Green Harbour Hazel High Hill Iron Ivory Juniper Lake Lantern Linden Lunar "
    "Maple Marble Meadow Mill Moss Northern Oak Ocean Olive Orchard Pearl Pine Prairie Quartz Red River Sage "
    "Silver Southern Spring Stone Summit Sunrise Swift Tall Timber Valley Velvet Violet Western White Willow "
    "Winter"
)
JOBS = {
    "junior": ("Assistant", "Coordinator"),
    "senior": ("Specialist", "Buyer"),
    "manager": ("Manager", "Team lead"),
    "director": ("Director", "Head of department"),
    "owner": ("Owner", "Managing director"),
}
SENIORITY = {"junior": 22, "senior": 30, "manager": 26, "director": 13, "owner": 9}
DEPARTMENTS = ("Marketing", "Purchasing", "Operations", "Sales", "IT", "Management")

SOURCES = {"web form": 34, "newsletter": 18, "referral": 14, "trade fair": 12, "social media": 14, "workshop": 8}
SALES_TEAM = ("Dana Reed", "Luca Ferri", "Marie Petit", "Sam Porter")

PAGES = {
    "/": 20,
    "/new": 16,
    "/catalogue": 24,
    "/workshops": 12,
    "/business": 10,
    "/pricing": 9,
    "/help": 5,
    "/blog": 14,
}
LINKS = {"newsletter": 45, "new releases": 25, "workshop invitation": 18, "price list": 12}
FEATURES = {"catalogue search": 34, "wish list": 26, "listening room": 20, "gift finder": 12, "licence calculator": 8}
TOPICS = ("Home recording", "Vinyl care", "Music for your venue")
WORKSHOP_CITIES = ("Boston", "New York", "London", "Milano", "Paris", "Madrid", "Berlin")
