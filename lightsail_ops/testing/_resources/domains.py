"""Domains with their entries, and the subdomains of Lightsail's own domain."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import count

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing.exceptions import check_exists

_UNATTACHED: JsonObject = {"state": "UNATTACHED", "attachedResource": None}
_RESERVATION = timedelta(minutes=15)  # guess


class Domain(Resource):
    """A DNS zone."""

    def create_entry(self, request: Request) -> How:
        entries: list[JsonObject] = self.members["domainEntries"]
        ids = {each["id"] for each in entries}
        new_id = next(f"{number}" for number in count(1) if f"{number}" not in ids)
        entry = {"isAlias": False, **request["domainEntry"], "id": new_id}
        return {"after": {"domainEntries": [*entries, entry]}}

    def update_entry(self, request: Request) -> How:
        """Change the entry that has the same id or, without one, the same name and type."""
        entry, entries = request["domainEntry"], self.members["domainEntries"]
        changed = [_is_same(each, entry, "name", "type") for each in entries]
        if not any(changed):
            return self.create_entry(request)
        first = changed.index(True)
        after = [*entries[:first], entries[first] | entry, *entries[first + 1 :]]
        return {"after": {"domainEntries": after}}

    def delete_entry(self, request: Request) -> How:
        """Delete the entry that has the same id or, without one, says the same."""
        entry, entries = request["domainEntry"], self.members["domainEntries"]
        kept = [each for each in entries if not _is_same(each, entry, "name", "type", "target")]
        return {"after": {"domainEntries": kept}}


def _is_same(one: JsonObject, wanted: JsonObject, *keys: str) -> bool:
    keys = ("id",) if "id" in wanted else keys
    return all(one.get(key) == wanted.get(key) for key in keys)


class Subdomain(Resource):
    """A name in Lightsail's own domain."""

    def lose(self, other: Resource) -> None:
        attached: JsonObject | None = self.members.get("attachedResource")
        if attached is not None and attached["arn"] == other.arn:
            self.members |= _UNATTACHED

    def attach(self, target: Resource) -> None:
        attached_at = self.backend.operations.now()
        attached = {"arn": target.arn, "name": target.name, "attachedAt": attached_at}
        self.members["attachedResource"] = attached


class DomainBackend(on.ResourceBackend):
    """The actions on domains and subdomains."""

    create_domain: on.Action = on.creates(Domain)
    get_domain: on.Action = on.shows(Domain)
    get_domains: on.Action = on.lists(Domain)
    delete_domain: on.Action = on.deletes(Domain)
    create_domain_entry: on.Action = on.changes(Domain, Domain.create_entry)
    update_domain_entry: on.Action = on.changes(Domain, Domain.update_entry)
    delete_domain_entry: on.Action = on.changes(Domain, Domain.delete_entry)
    create_subdomain: on.Action = on.creates(Subdomain)
    get_subdomains: on.Action = on.lists(Subdomain)
    delete_subdomain: on.Action = on.deletes(Subdomain)

    def check_subdomain_availability(self, request: Request) -> JsonObject:
        name = request["subdomainName"]
        is_available = name not in self.resources
        response: JsonObject = {"available": is_available, "subdomainName": name}
        if is_available and request.get("reserve"):
            response["reservationExpiresAt"] = self.operations.now() + _RESERVATION
        return response

    def update_subdomain_association(self, request: Request) -> JsonObject:
        subdomain, target_arn = self.find(Subdomain, request), request.get("targetResourceArn")
        if request["action"] == "DISASSOCIATE":
            during = {"state": "DETACHING"}
            return self.begin(request, subdomain, during=during, after=dict(_UNATTACHED))
        targets = [each for each in self.all(Resource) if each.arn == target_arn]
        check_exists(targets, f"The resource does not exist: {target_arn}")
        how = How(during={"state": "ATTACHING"}, after={"state": "ATTACHED"})
        how["effect"] = partial(subdomain.attach, targets[0])
        return self.begin(request, subdomain, **how)
