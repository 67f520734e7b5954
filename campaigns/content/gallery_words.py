"""What the product's own templates say: for each its name, its colours, and the words for the marks in its file.

In the words, {name} is the reader's first name and {account} the sender's.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Said = str | Promise


@dataclass(frozen=True)
class Own:
    """`accent` is the colour of heads and buttons, `tint` a light one for boxes; the lead stands below the title."""

    name: Said
    description: Said
    accent: str
    tint: str
    subject: Said
    title: Said
    lead: Said
    words: dict[str, Said]


COMMON: dict[str, Said] = {
    "farewell": _("Warm regards,"),
    "why": _("You receive this message because you subscribed."),
    "preferences": _("Preferences"),
    "unsubscribe": _("Unsubscribe"),
    "together": _("It goes well with what you have"),
    "more": _("Read more"),
}
HELLO_NAME, HELLO, OUR_SHOP = _("Hello {name},"), _("Hello,"), _("our shop")

OWN: dict[str, Own] = {
    "newsletter": Own(
        _("Newsletter"),
        _("One large story and two small ones, for what comes every month."),
        "#1f5fbf",
        "#eef4fd",
        _("What is new at {account}"),
        _("What is new"),
        _("Three things worth a minute of your time"),
        {
            "intro": _("A short look at what we made, learned and liked since the last time."),
            "story_1": _("The story of the month"),
            "text_1": _(
                "Tell here, in three or four sentences, what your readers will want to pass on. One idea is enough."
            ),
            "button": _("Read the whole story"),
            "story_2": _("A useful tip"),
            "text_2": _("Something your readers can try today, in two sentences."),
            "story_3": _("Behind the scenes"),
            "text_3": _("A look at the people who do the work."),
        },
    ),
    "welcome": Own(
        _("Welcome"),
        _("The first message to somebody new: what to expect, and three first steps."),
        "#0f766e",
        "#e6f4f2",
        _("Welcome to {account}"),
        _("Good to have you here"),
        _("Three steps, and you are at home"),
        {
            "intro": _("Thank you for joining us. This is how to get the most out of it from the first day:"),
            "step_1": _("Tell us what you like"),
            "text_1": _("Then we write about that, and about nothing else."),
            "step_2": _("Look around"),
            "text_2": _("Our most loved products are a good beginning."),
            "step_3": _("Ask us anything"),
            "text_3": _("Answer this message; a person reads it."),
            "button": _("Get started"),
        },
    ),
    "win_back": Own(
        _("Win-back"),
        _("For people who bought before and have been away: an offer, and what goes with what they have."),
        "#b4371f",
        "#fdf0ec",
        _("It has been a while"),
        _("We have missed you"),
        _("Something small to make coming back easy"),
        {
            "intro": _("It has been a while since your last visit, and a lot is new. If you like, start with this:"),
            "offer": _("off your next order, for the next two weeks"),
            "button": _("Have a look"),
        },
    ),
    "birthday": Own(
        _("Birthday"),
        _("Good wishes with a gift code, for the day or the month of the birthday."),
        "#9d2463",
        "#fceef5",
        _("Happy birthday from {account}"),
        _("Happy birthday"),
        _("This one is on us"),
        {
            "intro": _("All of us wish you a wonderful day. Here is a small present, to use on whatever you like:"),
            "code": _("Your code"),
            "button": _("Choose your present"),
            "until": _("Good for 30 days, on everything."),
        },
    ),
    "price_test": Own(
        _("Price test"),
        _("One product and its price, which the arms of a test change: product, price and old_price are variables."),
        "#5b3fb5",
        "#f2effb",
        _("An offer for you from {account}"),
        _("An offer for you"),
        _("Only for readers of this message"),
        {
            "intro": _("We picked one thing that suits you, and a price that suits it."),
            "product": _("Name of the product"),
            "unit": _("including tax"),
            "button": _("Order now"),
            "until": _("While stocks last."),
        },
    ),
    "receipt": Own(
        _("Receipt"),
        _("Thanks for an order, with its products and total, and what goes with them."),
        "#2d4a63",
        "#edf2f6",
        _("Thank you for your order"),
        _("Thank you for your order"),
        _("We are on it"),
        {
            "intro": _("We have your order and will write again as soon as it is on its way."),
            "number": _("Order"),
            "total": _("Total"),
            "button": _("See your order"),
        },
    ),
    "survey": Own(
        _("Survey"),
        _("One question with eleven answers to click on, from 0 to 10."),
        "#1d6fa5",
        "#eaf4fa",
        _("One question, ten seconds"),
        _("One question, ten seconds"),
        _("Your answer decides what we do next"),
        {
            "intro": _("You know us by now. We would like to know what you think; one click is enough."),
            "question": _("How likely are you to recommend us to a friend?"),
            "low": _("0 = not at all"),
            "high": _("10 = certainly"),
            "after": _("Every answer is read. If something went wrong, answer this message and we will put it right."),
        },
    ),
    "announcement": Own(
        _("Announcement"),
        _("Something new, said in one sentence, with three reasons to care."),
        "#1b1f3b",
        "#eceef6",
        _("New at {account}"),
        _("Here is something new"),
        _("We worked on it for a year; it takes a minute to try"),
        {
            "intro": _(
                "Say in one or two sentences what it is and for whom. The three points below say why it matters."
            ),
            "point_1": _("Faster"),
            "text_1": _("What took an hour takes a minute."),
            "point_2": _("Simpler"),
            "text_2": _("Nothing to learn before you begin."),
            "point_3": _("Yours"),
            "text_3": _("It works the way you do."),
            "button": _("Try it"),
        },
    ),
    "event_invitation": Own(
        _("Event invitation"),
        _("When, where, and why to come; when and where can be variables of a test."),
        "#8a4b08",
        "#fbf3e8",
        _("You are invited"),
        _("You are invited"),
        _("An evening with people who care about the same things"),
        {
            "intro": _("We would love to see you at our next event. Places are few, so this goes to you first."),
            "when": _("When"),
            "when_example": _("Thursday, 19:00"),
            "where": _("Where"),
            "where_example": _("Street and town"),
            "price": _("Price"),
            "free": _("free of charge"),
            "details": _("Say here what will happen, who will speak, and what guests take home."),
            "button": _("Save my seat"),
        },
    ),
    "abandoned_basket": Own(
        _("Abandoned basket"),
        _("For people who began to order and did not finish: shows the products of their latest “Checkout Started”."),
        "#2f6b3a",
        "#edf6ef",
        _("You left something behind"),
        _("Your basket is still here"),
        _("We kept everything where you left it"),
        {
            "intro": _("You were nearly done. If something held you up, finishing takes a minute:"),
            "button": _("Back to the basket"),
            "help": _("Is something unclear? Answer this message, we are glad to help."),
        },
    ),
    "review_request": Own(
        _("Review request"),
        _("Some days after an order: five stars to click on, with the product that was bought."),
        "#a15c07",
        "#fdf5e7",
        _("How do you like it?"),
        _("How do you like it?"),
        _("One click says it all"),
        {
            "intro": _("You have had your order for some days now. What do you say?"),
            "hint": _("1 star: not good. 5 stars: very good."),
            "button": _("Write a review"),
            "thanks": _("Thank you: others choose by what you write."),
        },
    ),
    "loyalty": Own(
        _("Loyalty"),
        _("How many points somebody has (the attribute “points”), and how far it is to the next reward."),
        "#6b4e00",
        "#faf4e0",
        _("Your points at {account}"),
        _("Thank you for your loyalty"),
        _("This is what you have collected"),
        {
            "intro": _("Every order brings you closer to the next reward. This is where you are today:"),
            "points": _("points"),
            "goal": _("The next reward is at 500 points."),
            "reached": _("You have made it: choose your reward whenever you like."),
            "soon": _("It is not far any more; your next order counts."),
            "button": _("See the rewards"),
        },
    ),
}
