"""A choice among hundreds is the same control that Django writes, only sooner."""

from django import forms
from django.test.html import parse_html

from crmseg.common.long_select import LongSelect

CHOICES = [("", "<nothing>"), ("a&b", "A & B"), (3, "three")]


def test_it_is_the_control_that_django_writes():
    for value in ("", "a&b", 3, "3", None, "unknown"):
        attrs = {"id": 'id_"x"', "class": "form-select", "required": True}
        written = [kind(choices=CHOICES).render("x", value, attrs) for kind in (forms.Select, LongSelect)]
        assert parse_html(written[0]) == parse_html(written[1])
