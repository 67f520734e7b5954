"""Which property each column of worth is shown as, and the dependency keys of what moved."""

from __future__ import annotations

PROPERTIES = {
    "orders": "total_orders",
    "revenue": "total_revenue",
    "average_order": "average_order",
    "first_order_at": "first_order_at",
    "last_order_at": "last_order_at",
    "gap_days": "order_gap_days",
    "cost_to_serve": "cost_to_serve",
    "net_value": "net_value",
    "decile": "value_decile",
    "r": "rfm_recency",
    "f": "rfm_frequency",
    "m": "rfm_monetary",
    "rfm_group": "rfm_group",
    "rfm_previous_group": "rfm_previous_group",
    "rfm_group_since": "rfm_group_since",
    "activity": "activity",
    "expected_orders": "predicted_orders",
    "expected_spend": "predicted_spend",
    "lifetime_value": "lifetime_value",
    "alive": "alive_probability",
}
"""By column. The property `rfm` is all three digits."""
RECORDED = {"rfm_group": "rfm_group", "activity": "activity"}
ACTOR = "system:worth"


def moved(columns: list[str]) -> str:
    """SQL: the keys of what a written row has otherwise than before, from `old` and `new`.

    Who had no row had no orders, so a first row with none of them moves nothing there.
    """
    zero = {"orders", "revenue", "net_value"}
    cases = []
    for column in columns:
        before = f"coalesce(old.{column}, 0)" if column in zero else f"old.{column}"
        cases.append(f"CASE WHEN {before} IS DISTINCT FROM new.{column} THEN 'attribute:{PROPERTIES[column]}' END")
    if "r" in columns:
        digits = "(old.r, old.f, old.m) IS DISTINCT FROM (new.r, new.f, new.m)"
        cases.append(f"CASE WHEN {digits} THEN 'attribute:rfm' END")
    return f"array_remove(ARRAY[{', '.join(cases)}], NULL)"


def all_keys() -> frozenset[str]:
    return frozenset(f"attribute:{key}" for key in (*PROPERTIES.values(), "rfm"))
