"""Logs never tell secrets."""

import pytest

from crmseg.common.logs import without_secrets


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer hunter22",
        "authorization: basic aHVudGVyMjI6",
        "{'Authorization': 'Bearer hunter22'}",
        "GET /x?token=hunter22&a=1",
        '{"password": "hunter22"}',
        "connecting to redis://:hunter22@127.0.0.1:1",
        "connecting to postgresql://me:hunter22@db/x",
        "Not Found: /ask/c-4-100.hunter22hunter22hunter22hunter22hunter22abc/",
        "Not Found: /u/MTAw.hunter22hunter22hunter22hunter22hunter22abc/",
        "GET http://crm.example/t/c/MTAw:hunter22hunter22hunter22hunter22hunter22abc?x=1",
        "the key abcdefgh.hunter22hunter22hunter22hunter22 was refused",
    ],
)
def test_secrets_are_blotted_out(line):
    written = without_secrets(line)
    assert "hunter22" not in written.replace("aHVudGVyMjI6", "hunter22")
    assert "***" in written


def test_the_rest_of_a_line_stays():
    line = "GET /api/v1/contacts/7/ 200 for key:shop at 12:00, password changed by user:Ada"
    assert without_secrets(line) == line
    assert without_secrets("GET /contacts/7/ /ask/ /static/js/app.js") == "GET /contacts/7/ /ask/ /static/js/app.js"
