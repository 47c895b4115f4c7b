"""Domains with their entries, and the subdomains of Lightsail's own domain."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count

from lightsail_ops.testing._data import CATALOGUES, JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Effect, Request, Resource
from lightsail_ops.testing.exceptions import check, check_exists

_RESERVATION = timedelta(minutes=15)
_SUBDOMAIN = re.compile(r"(?!xn--)[a-z0-9]([a-z0-9-]*[a-z0-9])?")  # a label of one
_LONGEST = 39  # characters of a subdomain


class Domain(Resource):
    """A DNS zone."""

    @property
    def entries(self) -> list[JsonObject]:
        return list(self.members["domainEntries"])

    def find_entry(self, wanted: JsonObject, *keys: str) -> JsonObject | None:
        """Return the entry that has the same id or, without one, the same in these members."""
        keys = ("id",) if "id" in wanted else keys
        same = (each for each in self.entries if all(each.get(k) == wanted.get(k) for k in keys))
        return next(same, None)

    def put_entry(self, wanted: JsonObject, old: JsonObject | None = None) -> Effect:
        """Change an entry, or add one if there is none to change."""
        name, entries = wanted.get("name", self.name).removesuffix("."), self.entries
        is_right = f".{name.lower()}".endswith(f".{self.name.lower()}")
        check(is_right, f"{name} is not in the domain {self.name}.")
        if old is None:
            ids = {each["id"] for each in entries}
            new_id = next(f"{number}" for number in count(1) if f"{number}" not in ids)
            entries.append(old := {"isAlias": False, "id": new_id})
        changed = old | wanted | {"id": old["id"]}
        return {"after": {"domainEntries": [changed if each is old else each for each in entries]}}


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
    create_subdomain: on.Action = on.creates(Subdomain)

    @on.changing(Domain)
    def create_domain_entry(self, request: Request, domain: Domain) -> Effect:
        return domain.put_entry(request["domainEntry"])

    @on.changing(Domain)
    def update_domain_entry(self, request: Request, domain: Domain) -> Effect:
        """Change an entry. AWS's documentation does not say what becomes of an unknown one."""
        wanted = request["domainEntry"]
        return domain.put_entry(wanted, domain.find_entry(wanted, "name", "type"))

    @on.changing(Domain)
    def delete_domain_entry(self, request: Request, domain: Domain) -> Effect:
        old = domain.find_entry(request["domainEntry"], "name", "type", "target")
        return {"after": {"domainEntries": [each for each in domain.entries if each is not old]}}

    @on.changing(Subdomain)
    def update_subdomain_association(self, request: Request, subdomain: Subdomain) -> Effect:
        """Associate it with a distribution, move it to another one, or let it be."""
        before, during, after = CATALOGUES["associations"][request["action"]]
        check(subdomain.now["state"] == before, f"The subdomain {subdomain.name} is not {before}.")
        if request["action"] == "DISASSOCIATE":
            return {"during": {"state": during}, "after": {"state": after, "attachedTo": None}}
        name, now = self._find_target(request).name, self.operations.now()
        return {
            "during": {"state": during, "attachingTo": name},
            "after": {"state": after, "attachedTo": name, "attachedAt": now},
        }

    def _find_target(self, request: Request) -> Resource:
        arn = request.get("targetResourceArn")
        found = [each for each in self.all(Resource) if each.arn == arn]
        check_exists(found, f"The resource does not exist: {arn}")
        shown = found[0].to_dict()
        is_able = found[0].kind == "Distribution" and not shown.get("certificateName")
        check(is_able, f"{found[0].name} is no distribution without a domain of its own.")
        check("subdomain" not in shown, f"{found[0].name} has a subdomain already.")
        return found[0]

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

    @on.changing(Subdomain, goes=True)
    def delete_subdomain(self, _: Request, subdomain: Subdomain) -> Effect:
        is_free = subdomain.now["state"] == "UNATTACHED"
        check(is_free, f"The subdomain {subdomain.name} is attached: disassociate it first.")
        return {"response": {"subdomain": self._describe_implicit(subdomain.name)}}

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
