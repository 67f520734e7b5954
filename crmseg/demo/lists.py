"""The account's own attributes, and lists ready to look at: at least one for every model of segmentation.

A definition names another list by its name; the loader puts the number in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segments.services import Details

from . import words
from .places import GREATER_BOSTON

Json = dict[str, Any]

ATTRIBUTES: tuple[dict[str, object], ...] = (
    {
        "key": "favourite_genre",
        "label": "Favourite genre",
        "group": "Music",
        "type": "enum",
        "options": list(words.GENRES),
    },
    {"key": "plays_an_instrument", "label": "Plays an instrument", "group": "Music", "type": "boolean"},
    {"key": "household_size", "label": "Household size", "group": "Demographic", "type": "number"},
    {
        "key": "newsletter_rhythm",
        "label": "Newsletter rhythm",
        "group": "Music",
        "type": "enum",
        "options": ["weekly", "monthly", "only news"],
    },
    {"entity": "company", "key": "premises", "label": "Premises", "group": "Work", "type": "number"},
)


@dataclass(frozen=True)
class ReadyList:
    """An active list has a definition, a static one its members' external ids."""

    name: str
    model: str
    description: str
    definition: Json | None = None
    members: tuple[str, ...] = ()
    goal: str = ""
    target_metric: str = ""
    persona: str = ""
    note_marketing: str = ""
    note_sales: str = ""
    note_service: str = ""

    @property
    def details(self) -> Details:
        return Details(
            description=f"{self.model}. {self.description}",
            goal=self.goal,
            target_metric=self.target_metric,
            persona=self.persona,
            note_marketing=self.note_marketing,
            note_sales=self.note_sales,
            note_service=self.note_service,
        )


def _is(property: str, value: object, op: str = "is", **more: object) -> Json:
    return {"property": property, "op": op, "value": value, **more}


def _did(event: str, days: int | None = None, *, op: str = "did", value: int | None = None, **more: object) -> Json:
    """A condition on how often, in the last `days` if given."""
    node: Json = {"event": event, "op": op, **more}
    if value is not None:
        node["value"] = value
    if days is not None:
        node["window"] = {"last": days, "unit": "day"}
    return node


ORDER = "Order Completed"
NEAR_BOSTON = {"all": [_is("country", "US"), _is("city", [place.city for place in GREATER_BOSTON], "is_any_of")]}
IN_BOSTON = [_is("city", "Boston")]
IS_CUSTOMER = _is("lifecycle_stage", ["customer", "evangelist"], "is_any_of")
IS_LEAD = _is("lifecycle_stage", ["customer", "evangelist"], "is_none_of", unknown=True)

LISTS = (
    ReadyList(
        "Customers",
        "Lifecycle",
        "Everybody who has ordered at least once.",
        IS_CUSTOMER,
        goal="Keep them buying",
        target_metric="Share with a second order",
        persona="Has bought, knows us",
        note_service="Every customer has a right to an answer within a day.",
    ),
    ReadyList(
        "Leads",
        "Lifecycle",
        "Everybody who has not ordered yet.",
        IS_LEAD,
        goal="A first order",
        target_metric="Leads that become customers within 90 days",
        persona="Looks around, has not decided",
        note_sales="Sample leads are generated people: nobody answers.",
    ),
    ReadyList(
        "Three orders in 90 days",
        "Behavioural",
        "Customers who ordered at least three times in the last 90 days.",
        _did(ORDER, 90, op="gte", value=3),
        goal="Turn a busy season into a habit",
        target_metric="Orders per customer in the next quarter",
        persona="Comes back every month and knows what she wants",
        note_marketing="No discounts: they buy anyway. Show them what is new first.",
        note_service="Answer first: these are our most active customers.",
    ),
    ReadyList(
        "Over 200 spent in a year",
        "Value",
        "Customers whose orders of the last 365 days add up to more than 200.",
        _did(ORDER, 365, op="gt", value=200, measure="sum", of="revenue"),
        goal="Keep the customers who carry the shop",
        target_metric="Revenue kept from one year to the next",
        persona="A collector with a budget",
        note_marketing="Invite to previews; write personally.",
        note_sales="Worth a call when they fall silent.",
        note_service="Free returns, no questions.",
    ),
    ReadyList(
        "A single order above 100",
        "Value",
        "Customers who spent more than 100 in one order within a year.",
        _did(ORDER, 365, where=[_is("revenue", 100, "gt")]),
        goal="Find the buyers of boxes and gifts",
        target_metric="Average order value",
        persona="Buys rarely and much at a time",
        note_marketing="Show box sets and complete editions.",
    ),
    ReadyList(
        "No order for 180 days",
        "Behavioural",
        "Customers who have ordered before, but not in the last 180 days.",
        {"all": [_did(ORDER), _did(ORDER, 180, op="did_not")]},
        goal="Win them back, once",
        target_metric="Orders within 30 days of the message",
        persona="Bought something for an occasion and went away",
        note_marketing="At most one message a quarter.",
        note_service="If they call, ask why they stopped.",
    ),
    ReadyList(
        "Gone quiet, but valuable",
        "Value",
        "A list of lists: those who spent over 200 in a year and have not ordered for 180 days.",
        {
            "all": [
                {"segment": "Over 200 spent in a year", "op": "in"},
                {"segment": "No order for 180 days", "op": "in"},
            ]
        },
        goal="Save the accounts worth saving",
        target_metric="Revenue won back",
        persona="A collector who found another shop",
        note_sales="Call, do not write.",
    ),
    ReadyList(
        "One order, over a year ago",
        "Lifecycle",
        "Customers who ordered exactly once, more than 365 days ago.",
        {"all": [_did(ORDER, op="is", value=1), _did(ORDER, 365, op="did_not")]},
        goal="A second order, or a clean address book",
        target_metric="Second orders; people removed",
        persona="Tried us once, perhaps for a gift",
        note_marketing="Ask whether they still want to hear from us.",
    ),
    ReadyList(
        "Birthday in the next 30 days",
        "Demographic",
        "Contacts whose birthday comes up in the next 30 days; those whose birth date is unknown are not in.",
        _is("birth_date", 30, "anniversary_in_next", unit="day"),
        goal="A good wish that is opened",
        target_metric="Opens, then orders within two weeks",
        persona="Anybody who told us a birthday",
        note_marketing="A wish first, an offer second.",
    ),
    ReadyList(
        "Young families",
        "Demographic",
        "Households with small children, by life stage or by age and household size.",
        {
            "any": [
                _is("life_stage", "young family"),
                {"all": [_is("age", [25, 42], "between"), _is("household_size", 3, "gte")]},
            ]
        },
        goal="Sell music for children",
        target_metric="Orders of children's music",
        persona="Short evenings, long car rides",
        note_marketing="Evening sends work best.",
    ),
    ReadyList(
        "Italian speakers outside Italy",
        "Geographic",
        "Contacts who read Italian and live elsewhere, or whose country we do not know.",
        {"all": [_is("language", "it"), _is("country", "IT", "is_not", unknown=True)]},
        goal="Write to people in their language",
        target_metric="Open rate against the English edition",
        persona="At home in two languages",
        note_marketing="Use the Italian newsletter, with prices of their country.",
    ),
    ReadyList(
        "Near Boston, interested in the workshop",
        "Geographic and psychographic",
        "Leads in greater Boston who like workshops or registered for one here.",
        {
            "all": [
                IS_LEAD,
                NEAR_BOSTON,
                {
                    "any": [
                        _is("interests", ["workshops", "home recording"], "contains_any"),
                        _did("Workshop Registered", where=IN_BOSTON),
                        _did("Page Viewed", 60, op="gte", value=2, where=[_is("path", "/workshops")]),
                    ]
                },
            ]
        },
        goal="Fill the next Boston workshop",
        target_metric="Registrations",
        persona="Plays at home, would like company",
        note_marketing="Invite three weeks ahead, remind two days before.",
        note_sales="Ask what they record with.",
    ),
    ReadyList(
        "Attended the Boston workshop",
        "Behavioural",
        "Leads who came to a workshop in Boston in the last year.",
        _did("Workshop Attended", 365, where=IN_BOSTON),
        goal="First orders from people who met us",
        target_metric="First orders within 60 days of the workshop",
        persona="Knows our faces",
        note_sales="Mention the workshop's topic in the first sentence.",
        note_service="They know Dana by name.",
    ),
    ReadyList(
        "Registered, did not come",
        "Behavioural",
        "Registered for a workshop in the last 90 days and attended none in that time.",
        {"all": [_did("Workshop Registered", 90), _did("Workshop Attended", 90, op="did_not")]},
        goal="A second chance",
        target_metric="Attendance at the next date",
        persona="Meant to come",
        note_marketing="Offer the next date in the first line.",
    ),
    ReadyList(
        "Jazz and vinyl listeners",
        "Psychographic",
        "People who like jazz or vinyl and care for quality or tradition, whatever they bought.",
        {
            "all": [
                {"any": [_is("interests", ["jazz", "vinyl"], "contains_any"), _is("favourite_genre", "Jazz")]},
                {"any": [_is("values", ["quality", "tradition"], "contains_any"), _is("style", "vintage")]},
            ]
        },
        goal="Sell the audiophile series",
        target_metric="Orders of the series",
        persona="Listens to whole records, in order",
        note_marketing="Long texts are read here.",
    ),
    ReadyList(
        "On the go with iOS",
        "Technographic",
        "People on an iPhone or iPad who use streaming or our app.",
        {
            "all": [
                _is("operating_system", ["iOS", "iPadOS"], "is_any_of"),
                _is("apps", ["shop app", "music streaming"], "contains_any"),
            ]
        },
        goal="Installations of the next app version",
        target_metric="Installations",
        persona="Shops on the train",
        note_service="Ask for the app version first.",
    ),
    ReadyList(
        "Need music for their rooms",
        "Needs",
        "Leads who look for venue music or a licence and want guests to stay.",
        {
            "all": [
                IS_LEAD,
                _is("needs", ["music for a venue", "music licence"], "contains_any"),
                _is("objectives", ["keep guests longer", "grow revenue"], "contains_any"),
            ]
        },
        goal="Sell venue licences",
        target_metric="Licences signed",
        persona="Runs a place people sit down in",
        note_sales="Bring the licence calculator.",
    ),
    ReadyList(
        "Deciders in hospitality and retail",
        "Firmographic",
        "Leads who decide in hotels, cafés and shops with 20 to 1,000 employees.",
        {
            "all": [
                IS_LEAD,
                _is("company.industry", ["Hospitality", "Retail"], "is_any_of"),
                _is("company.employees", [20, 1000], "between"),
                _is("seniority", ["manager", "director", "owner"], "is_any_of"),
            ]
        },
        goal="Meetings with people who can sign",
        target_metric="Meetings held",
        persona="Ten minutes, and wants figures",
        note_sales="One page, figures on top.",
    ),
    ReadyList(
        "Ready for sales",
        "Lifecycle",
        "Qualified leads who used the product or kept coming back in the last 30 days.",
        {
            "all": [
                _is("lifecycle_stage", ["marketing-qualified", "sales-qualified", "opportunity"], "is_any_of"),
                {"any": [_did("Feature Used", 30, op="gte", value=2), _did("Page Viewed", 30, op="gte", value=6)]},
                {"not": _is("lead_status", "unqualified")},
            ]
        },
        goal="Call while they are warm",
        target_metric="Calls within two days",
        persona="Comparing us with two others",
        note_sales="Look at what they tried before calling.",
    ),
    ReadyList(
        "Leads asleep for 60 days",
        "Lifecycle",
        "Leads without a page view, click or use of the product in the last 60 days.",
        {
            "all": [
                IS_LEAD,
                {"not": {"any": [_did(event, 60) for event in ("Page Viewed", "Link Clicked", "Feature Used")]}},
            ]
        },
        goal="Wake them up or let them go",
        target_metric="Leads active again within 30 days",
        persona="Forgot about us",
        note_marketing="One message; then stop.",
    ),
    ReadyList(
        "Customers of unknown age",
        "Demographic",
        "Customers whose birth date we do not know.",
        {"all": [IS_CUSTOMER, {"property": "birth_date", "op": "is_unknown"}]},
        goal="Ask, so that birthdays can be wished",
        target_metric="Birth dates told",
        persona="Never asked",
        note_service="Ask at the end of a pleasant call.",
    ),
    ReadyList(
        "Mailing of the season",
        "Static",
        "Six thousand customers who are told what a new season brings.",
        members=tuple(f"cdnow-{number:05}" for number in range(3, 23_570, 4)),
        goal="Bring seasonal records to those who may like them",
        target_metric="Orders within five days",
        persona="Buys when reminded",
        note_marketing="Four mailings a year, each measured against people held out.",
    ),
    ReadyList(
        "Listening panel",
        "Static",
        "Sixty customers chosen by hand who hear new records first.",
        members=tuple(f"cdnow-{number:05}" for number in range(150, 23_550, 390)),
        goal="Honest opinions before a release",
        target_metric="Answers per question",
        persona="Likes to be asked",
        note_marketing="Never sell to the panel.",
    ),
)


def with_numbers(node: Any, numbers: Mapping[str, int]) -> Any:
    """The definition with the number of every list it names."""
    if isinstance(node, list):
        return [with_numbers(child, numbers) for child in node]
    if not isinstance(node, dict):
        return node
    return {key: numbers[value] if key == "segment" else with_numbers(value, numbers) for key, value in node.items()}
