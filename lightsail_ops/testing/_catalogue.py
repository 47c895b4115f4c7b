"""The offers of Lightsail: blueprints, bundles, regions and more, from `data/catalogues.toml`."""

from __future__ import annotations

from lightsail_ops.testing._data import JsonObject, load
from lightsail_ops.testing.exceptions import InvalidInputException

_MARKET = "https://aws.amazon.com/marketplace/pp/"

CATALOGUES: JsonObject = load("catalogues.toml")

for _offer in CATALOGUES["blueprints"]:
    _offer.update(
        description=f"{_offer['name']} {_offer['version']}, ready to run.",
        isActive=True,
        versionCode="1",
        productUrl=f"{_MARKET}{_offer['blueprintId']}",
        licenseUrl=f"{_MARKET}{_offer['blueprintId']}#pdp-usage",
    )


def find_offer(catalogue: str, member: str, wanted: str) -> JsonObject:
    """Return the offer that has this id in this member, or raise AWS's error."""
    offers: list[JsonObject] = CATALOGUES[catalogue]
    for offer in offers:
        if offer[member] == wanted:
            return offer
    raise InvalidInputException(f"Lightsail has no {member} {wanted!r}.")


def find_instance_offers(blueprint_id: str, bundle_id: str) -> tuple[JsonObject, JsonObject]:
    """Return a blueprint and a bundle of instances that go together, or raise AWS's error."""
    blueprint = find_offer("blueprints", "blueprintId", blueprint_id)
    bundle = find_offer("bundles", "bundleId", bundle_id)
    if blueprint["platform"] not in bundle["supportedPlatforms"]:
        raise InvalidInputException(f"{blueprint_id} does not run on the bundle {bundle_id}.")
    return blueprint, bundle
