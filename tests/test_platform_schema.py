"""The API describes itself, offline."""

import re

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_complete(capsys):
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")
    assert '"openapi": "3.' in capsys.readouterr().out


def test_the_schema_is_served_and_names_bearer_keys_and_problems(client):
    schema = client.get("/api/schema/?format=json").json()
    assert schema["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "problems" in schema["components"]["schemas"]["Problem"]["properties"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert {"400", "401", "403"} <= set(operation["responses"]), (path, method)
            assert not re.search(r"IdempotentWrites|ViewSet", operation.get("description", ""))


def test_the_docs_need_nothing_from_elsewhere_and_no_inline_script(client):
    page = client.get("/api/docs/")
    html = page.content.decode()
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(addresses) == 5
    assert all(address.startswith("/") for address in addresses)
    assert not re.search(r"<script>|<style|\son\w+=", html)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    script = client.get(addresses[-1].replace("&amp;", "&"))
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in script.content.decode()
    assert '"validatorUrl": null' in script.content.decode()
