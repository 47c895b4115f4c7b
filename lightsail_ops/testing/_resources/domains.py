"""Domains with their entries, and the subdomains of Lightsail's own domain."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing.exceptions import check, check_exists

_RESERVATION = timedelta(minutes=15)
_SUBDOMAIN = re.compile(r"(?!xn--)[a-z0-9]([a-z0-9-]*[a-z0-9])?")  # a label of one
_LONGEST = 39  # characters of a subdomain
_ASSOCIATIONS = {  # by the action: the state of the subdomain before, meanwhile and afterwards
    "ASSOCIATE": ("UNATTACHED", "ATTACHING", "ATTACHED"),
    "TRANSFER": ("ATTACHED", "TRANSFERRING", "ATTACHED"),
    "DISASSOCIATE": ("ATTACHED", "DETACHING", "UNATTACHED"),
}


class Domain(Resource):
    """A DNS zone."""

    def create_entry(self, request: Request) -> How:
        entries: list[JsonObject] = self.members["domainEntries"]
        ids = {each["id"] for each in entries}
        new_id = next(f"{number}" for number in count(1) if f"{number}" not in ids)
        entry = {"isAlias": False, **request["domainEntry"], "id": new_id}
        return {"after": {"domainEntries": [*entries, entry]}}

    def update_entry(self, request: Request) -> How:
        """Change the entry that has the same id or, without one, the same name and type.

        AWS's documentation does not say what becomes of one that is unknown. It is created.
        """
        return self._replace_entry(request, ("name", "type"), request["domainEntry"])

    def delete_entry(self, request: Request) -> How:
        """Delete the entry that has the same id or, without one, says the same, if there is one."""
        return self._replace_entry(request, ("name", "type", "target"), None)

    def _replace_entry(
        self, request: Request, keys: tuple[str, ...], changes: JsonObject | None
    ) -> How:
        wanted, entries = request["domainEntry"], list(self.members["domainEntries"])
        keys = ("id",) if "id" in wanted else keys
        for index, entry in enumerate(entries):
            if all(entry.get(key) == wanted.get(key) for key in keys):
                entries[index : index + 1] = [] if changes is None else [entry | changes]
                return {"after": {"domainEntries": entries}}
        return How() if changes is None else self.create_entry(request)


class Subdomain(Resource):
    """A name in Lightsail's own domain, of one label or of two."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        name: str = request["subdomainName"]
        labels = name.split(".")
        is_right = len(labels) <= 2 and all(map(_SUBDOMAIN.fullmatch, labels))
        check(is_right and len(name) <= _LONGEST, f"{name!r} is no subdomain, such as blog.mysite.")
        super().__init__(backend, request)

    def derive(self, now: JsonObject) -> JsonObject:
        targets = {"attachedResource": "attachedTo", "attachingResource": "attachingTo"}
        distributions = {each.name: each for each in self.backend.all(self.kinds["Distribution"])}
        return _describe_name(self.name) | {
            member: {
                "arn": distributions[now[named_by]].arn,
                "name": now[named_by],
                "attachedAt": now.get("attachedAt"),
            }
            for member, named_by in targets.items()
            if now.get(named_by) is not None
        }

    def lose(self, other: Resource) -> None:
        if other.key in (self.now.get("attachedTo"), self.now.get("attachingTo")):
            self.backend.end_changes(self)
            self.members |= {"state": "UNATTACHED", "attachedTo": None}

    def associate(self, request: Request) -> How:
        """Associate it with a distribution, move it to another one, or let it be."""
        before, during, after = _ASSOCIATIONS[request["action"]]
        check(self.now["state"] == before, f"The subdomain {self.name} is not {before}.")
        if request["action"] == "DISASSOCIATE":
            return {"during": {"state": during}, "after": {"state": after, "attachedTo": None}}
        name, now = self._find_target(request).name, self.backend.operations.now()
        return {
            "during": {"state": during, "attachingTo": name},
            "after": {"state": after, "attachedTo": name, "attachedAt": now},
        }

    def _find_target(self, request: Request) -> Resource:
        arn = request.get("targetResourceArn")
        found = [each for each in self.backend.all(Resource) if each.arn == arn]
        check_exists(found, f"The resource does not exist: {arn}")
        shown = found[0].to_dict()
        is_able = found[0].kind == "Distribution" and not shown.get("certificateName")
        check(is_able, f"{found[0].name} is no distribution without a domain of its own.")
        check("subdomain" not in shown, f"{found[0].name} has a subdomain already.")
        return found[0]


def _describe_name(name: str) -> JsonObject:
    """Return the members of a subdomain that follow from its name."""
    _, dot, parent = name.partition(".")
    described = {"subdomainName": name, "fqdn": Subdomain.key_of(name), "depth": 2 if dot else 1}
    return described | ({"parentFqdn": Subdomain.key_of(parent)} if dot else {})


class DomainBackend(on.ResourceBackend):
    """The actions on domains and subdomains."""

    create_domain: on.Action = on.creates(Domain)
    get_domain: on.Action = on.shows(Domain)
    get_domains: on.Action = on.lists(Domain)
    delete_domain: on.Action = on.deletes(Domain)
    create_domain_entry: on.Action = on.changes(Domain, rule=Domain.create_entry)
    update_domain_entry: on.Action = on.changes(Domain, rule=Domain.update_entry)
    delete_domain_entry: on.Action = on.changes(Domain, rule=Domain.delete_entry)
    create_subdomain: on.Action = on.creates(Subdomain)
    update_subdomain_association: on.Action = on.changes(Subdomain, rule=Subdomain.associate)

    def check_subdomain_availability(self, request: Request) -> JsonObject:
        name = request["subdomainName"]
        is_available = Subdomain.key_of(name) not in self.resources
        response: JsonObject = {"available": is_available, "subdomainName": name}
        if is_available and request.get("reserve"):
            response["reservationExpiresAt"] = self.operations.now() + _RESERVATION
        return response

    def get_subdomains(self, request: Request) -> list[JsonObject]:
        if "subdomainName" in request:
            return [self._show_subdomain(request["subdomainName"], request)]
        tops = dict.fromkeys(each.name.rpartition(".")[2] for each in self.all(Subdomain))
        return [
            self._show_subdomain(top, request)
            | {"children": [self.show(each, request) for each in self._list_nested(top)]}
            for top in tops
        ]

    def delete_subdomain(self, request: Request) -> JsonObject:
        subdomain = self.find(Subdomain, request)
        is_free = subdomain.now["state"] == "UNATTACHED"
        check(is_free, f"The subdomain {subdomain.name} is attached: disassociate it first.")
        response = self.begin(request, subdomain, goes=True)
        return response | {"subdomain": self._describe_implicit(subdomain.name)}

    def _list_nested(self, name: str) -> list[Subdomain]:
        return [each for each in self.all(Subdomain) if each.name.endswith(f".{name}")]

    def _show_subdomain(self, name: str, request: Request) -> JsonObject:
        is_there = Subdomain.key_of(name) in self.resources
        implicit = None if is_there else self._describe_implicit(name)
        return implicit or self.show(self.get(Subdomain, name), request)

    def _describe_implicit(self, name: str) -> JsonObject | None:
        """Return the parent of nested subdomains that nobody has created, if there is one."""
        for nested in self._list_nested(name):
            shown = nested.to_dict()
            common = {each: shown[each] for each in ("createdAt", "location")}
            return _describe_name(name) | common | {"state": "IMPLICIT"}
        return None
