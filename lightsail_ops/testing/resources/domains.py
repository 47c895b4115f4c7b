"""Domains with their entries, and the subdomains of Lightsail's own domain."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import count
from typing import ClassVar

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException
from lightsail_ops.testing.resources.backend import ResourceBackend
from lightsail_ops.testing.resources.base import Request, Resource, States

_HOME = "us-east-1"  # the one region that serves domains
_PARENT = "lightsail.aws"  # guess
_RESERVATION = timedelta(minutes=15)  # guess


class Domain(Resource):
    """A DNS zone."""

    kind = "Domain"
    support = "/hostedzone/Z{id}"

    @property
    def entries(self) -> list[JsonObject]:
        """Its entries, the oldest first."""
        entries: list[JsonObject] = self.members["domainEntries"]
        return entries

    def add_entry(self, entry: JsonObject) -> None:
        """Add an entry, with an id that is new."""
        ids = {each["id"] for each in self.entries}
        new_id = next(f"{number}" for number in count(1) if f"{number}" not in ids)
        self.members["domainEntries"] = [*self.entries, {"isAlias": False, **entry, "id": new_id}]

    def update_entry(self, entry: JsonObject) -> None:
        """Change the entry that has the same id or, without one, the same name and type."""
        keys = ("id",) if "id" in entry else ("name", "type")
        old = next((each for each in self.entries if _is_same(each, entry, keys)), None)
        if old is None:
            self.add_entry(entry)
        else:
            new = old | entry
            self.members["domainEntries"] = [new if each is old else each for each in self.entries]

    def delete_entry(self, entry: JsonObject) -> None:
        """Delete the entry that has the same id or, without one, says the same."""
        keys = ("id",) if "id" in entry else ("name", "type", "target")
        kept = [each for each in self.entries if not _is_same(each, entry, keys)]
        self.members["domainEntries"] = kept


def _is_same(one: JsonObject, other: JsonObject, keys: tuple[str, ...]) -> bool:
    return all(one.get(key) == other.get(key) for key in keys)


class DomainBackend(ResourceBackend):
    """The actions on domains."""

    def create_domain(self, request: Request) -> list[JsonObject]:
        self._check_home()
        name = self.check_free(Domain, request["domainName"])
        domain = Domain(self, name, request.only("tags"))
        return self.complete("CreateDomain", domain, comes=domain)

    def get_domain(self, request: Request) -> JsonObject:
        self._check_home()
        return {"domain": self.show(self.get(Domain, request["domainName"]))}

    def get_domains(self, request: Request) -> JsonObject:
        self._check_home()
        return self.page_of("domains", self.all_of(Domain), request)

    def delete_domain(self, request: Request) -> list[JsonObject]:
        domain = self._named_domain(request)
        return self.complete("DeleteDomain", domain, goes=domain)

    def create_domain_entry(self, request: Request) -> list[JsonObject]:
        domain = self._named_domain(request)
        effect = partial(domain.add_entry, request["domainEntry"])
        return self.complete("CreateDomainEntry", domain, effect=effect)

    def update_domain_entry(self, request: Request) -> list[JsonObject]:
        domain = self._named_domain(request)
        effect = partial(domain.update_entry, request["domainEntry"])
        return self.complete("UpdateDomainEntry", domain, effect=effect)

    def delete_domain_entry(self, request: Request) -> list[JsonObject]:
        domain = self._named_domain(request)
        effect = partial(domain.delete_entry, request["domainEntry"])
        return self.complete("DeleteDomainEntry", domain, effect=effect)

    def _named_domain(self, request: Request) -> Domain:
        self._check_home()
        return self.named(Domain, request["domainName"])

    def _check_home(self) -> None:
        if self.region_name != _HOME:
            raise InvalidInputException(f"Only {_HOME} serves domains, not {self.region_name}.")


class Subdomain(Resource):
    """A name in Lightsail's own domain."""

    kind = "Subdomain"
    new_states: ClassVar[States] = ("CREATING", "UNATTACHED")

    def to_dict(self) -> JsonObject:
        names = {"subdomainName": self.name, "fqdn": f"{self.name}.{_PARENT}"}
        return super().to_dict() | names | {"parentFqdn": _PARENT}

    def attach(self, target_arn: str) -> None:
        """Let the name lead to a resource."""
        found = [each for each in self.backend.all() if each.arn == target_arn]
        target: JsonObject = {"arn": target_arn, "name": found[0].name if found else None}
        target["attachedAt"] = self.backend.operations.now()
        self.members["attachedResource"] = target

    def detach(self) -> None:
        """Let the name lead nowhere."""
        self.members["attachedResource"] = None


class SubdomainBackend(ResourceBackend):
    """The actions on subdomains."""

    def check_subdomain_availability(self, request: Request) -> JsonObject:
        name = request["subdomainName"]
        is_available = self.find(Subdomain.kind, name) is None
        expiry = {"reservationExpiresAt": self.operations.now() + _RESERVATION}
        is_reserved = is_available and request.get("reserve")
        return {"available": is_available, "subdomainName": name} | (expiry if is_reserved else {})

    def create_subdomain(self, request: Request) -> JsonObject:
        name = self.check_free(Subdomain, request["subdomainName"])
        subdomain = Subdomain(self, name, request.only("tags"))
        operations = self.start("CreateSubdomain", subdomain, comes=subdomain)
        return {"subdomain": subdomain.to_dict(), "operation": operations[0]}

    def get_subdomains(self, request: Request) -> JsonObject:
        name = request.get("subdomainName")
        found = self.all_of(Subdomain) if name is None else [self.get(Subdomain, name)]
        return self.page_of("subdomains", found, request)

    def update_subdomain_association(self, request: Request) -> JsonObject:
        subdomain = self.named(Subdomain, request["subdomainName"])
        if request["action"] == "DISASSOCIATE":
            states, effect = ("DETACHING", "UNATTACHED"), subdomain.detach
        else:
            states = ("ATTACHING", "ATTACHED")
            effect = partial(subdomain.attach, request.get("targetResourceArn", ""))
        operations = self.start(request.action, subdomain, states=states, effect=effect)
        return {"subdomain": subdomain.to_dict(), "operation": operations[0]}

    def delete_subdomain(self, request: Request) -> JsonObject:
        subdomain = self.named(Subdomain, request["subdomainName"])
        operations = self.start("DeleteSubdomain", subdomain, goes=subdomain)
        return {"subdomain": subdomain.to_dict(), "operation": operations[0]}
