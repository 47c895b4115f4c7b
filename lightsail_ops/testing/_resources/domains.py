"""Domains with their entries, and the subdomains of Lightsail's own domain."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import count

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    completes,
    creates,
    deletes,
    lists,
    shows,
)
from lightsail_ops.testing._resources.base import How, Request, Resource

_PARENT = "lightsail.aws"  # guess
_RESERVATION = timedelta(minutes=15)  # guess


class Domain(Resource):
    """A DNS zone."""

    kind = "Domain"
    named_by = "domainName"
    support = "/hostedzone/Z{id}"
    home = "us-east-1"

    @property
    def entries(self) -> list[JsonObject]:
        """Its entries, the oldest first."""
        entries: list[JsonObject] = self.members["domainEntries"]
        return entries

    def add_entry(self, request: Request) -> None:
        """Add an entry, with an id that is new."""
        entry = request["domainEntry"]
        ids = {each["id"] for each in self.entries}
        new_id = next(f"{number}" for number in count(1) if f"{number}" not in ids)
        self.members["domainEntries"] = [*self.entries, {"isAlias": False, **entry, "id": new_id}]

    def update_entry(self, request: Request) -> None:
        """Change the entry that has the same id or, without one, the same name and type."""
        entry = request["domainEntry"]
        keys = ("id",) if "id" in entry else ("name", "type")
        old = next((each for each in self.entries if _is_same(each, entry, keys)), None)
        if old is None:
            self.add_entry(request)
        else:
            new = old | entry
            self.members["domainEntries"] = [new if each is old else each for each in self.entries]

    def delete_entry(self, request: Request) -> None:
        """Delete the entry that has the same id or, without one, says the same."""
        entry = request["domainEntry"]
        keys = ("id",) if "id" in entry else ("name", "type", "target")
        kept = [each for each in self.entries if not _is_same(each, entry, keys)]
        self.members["domainEntries"] = kept


def _is_same(one: JsonObject, other: JsonObject, keys: tuple[str, ...]) -> bool:
    return all(one.get(key) == other.get(key) for key in keys)


class Subdomain(Resource):
    """A name in Lightsail's own domain."""

    kind = "Subdomain"
    named_by = "subdomainName"
    new_states = ("CREATING", "UNATTACHED")

    def to_dict(self) -> JsonObject:
        names = {"subdomainName": self.name, "fqdn": f"{self.name}.{_PARENT}"}
        return super().to_dict() | names | {"parentFqdn": _PARENT}

    def attach(self, target_arn: str) -> None:
        found = [each for each in self.backend.all(Resource) if each.arn == target_arn]
        target: JsonObject = {"arn": target_arn, "name": found[0].name if found else None}
        target["attachedAt"] = self.backend.operations.now()
        self.members["attachedResource"] = target

    def detach(self) -> None:
        self.members["attachedResource"] = None


class DomainBackend(ResourceBackend):
    """The actions on domains and subdomains."""

    create_domain: Action = creates(Domain)
    get_domain: Action = shows(Domain, "domain")
    get_domains: Action = lists(Domain, "domains")
    delete_domain: Action = deletes(Domain)
    create_domain_entry: Action = completes(Domain, Domain.add_entry)
    update_domain_entry: Action = completes(Domain, Domain.update_entry)
    delete_domain_entry: Action = completes(Domain, Domain.delete_entry)
    create_subdomain: Action = creates(Subdomain, shown_as="subdomain")
    get_subdomains: Action = lists(Subdomain, "subdomains")

    def check_subdomain_availability(self, request: Request) -> JsonObject:
        name = request["subdomainName"]
        is_available = self.find(Subdomain, name) is None
        expiry = {"reservationExpiresAt": self.operations.now() + _RESERVATION}
        is_reserved = is_available and request.get("reserve")
        return {"available": is_available, "subdomainName": name} | (expiry if is_reserved else {})

    def update_subdomain_association(self, request: Request) -> JsonObject:
        subdomain = self.named(Subdomain, request["subdomainName"])
        how = How(states=("DETACHING", "UNATTACHED"), effect=subdomain.detach)
        if request["action"] != "DISASSOCIATE":
            effect = partial(subdomain.attach, request.get("targetResourceArn", ""))
            how = How(states=("ATTACHING", "ATTACHED"), effect=effect)
        operations = self.start(request.action, subdomain, **how)
        return all_of(operations) | {"subdomain": subdomain.to_dict()}

    def delete_subdomain(self, request: Request) -> JsonObject:
        subdomain = self.named(Subdomain, request["subdomainName"])
        operations = self.start("DeleteSubdomain", subdomain, goes=subdomain)
        return all_of(operations) | {"subdomain": subdomain.to_dict()}
