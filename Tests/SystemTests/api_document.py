"""The served OpenAPI document and what tests read from it."""

import copy
import re

import jsonschema

METHODS = {"get", "put", "post", "delete", "patch"}


class APIDocument:
    def __init__(self, content: dict):
        self.content = content

    def operations(self):
        """Each as its method in capitals, its path, and what the document says of it."""
        for path, methods in self.content["paths"].items():
            for method, operation in methods.items():
                assert method in METHODS, method
                yield method.upper(), path, operation

    def operation(self, name: str) -> tuple[str, str, dict]:
        return next(found for found in self.operations() if found[2]["operationId"] == name)

    def of_address(self, method: str, address: str) -> dict | None:
        """The operation that an address with a query belongs to; one without parameters before one with them."""
        path = address.split("?")[0]
        found = [
            operation for other, template, operation in self.operations()
            if other == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", re.escape(template).replace(
                r"\{", "{").replace(r"\}", "}")), path)
        ]
        exact = self.content["paths"].get(path, {}).get(method.lower())
        return exact or (found[0] if found else None)

    def resolve(self, part: dict) -> dict:
        while "$ref" in part:
            found = self.content
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def response(self, operation: dict, status: int) -> dict:
        return self.resolve(operation["responses"][str(status)])

    def check(self, operation: dict, answer) -> None:
        """The answer must be just what the document says: no other status, media type, member, missing member."""
        assert str(answer.status_code) in operation["responses"], f"{operation['operationId']}: {answer.status_code}"
        response = self.response(operation, answer.status_code)
        for name, header in response["headers"].items():
            header = self.resolve(header)
            if header.get("required"):
                assert name in answer.headers, f"{operation['operationId']} {answer.status_code}: no {name}"
            if name in answer.headers and header["schema"].get("type") == "string":
                jsonschema.validate(answer.headers[name], header["schema"])
        if "content" not in response:
            assert answer.content == b""
            return
        media = answer.headers["Content-Type"].split(";")[0]
        assert media in response["content"], f"{operation['operationId']}: {media}"
        if not media.endswith("json"):
            return
        # As in the document, references and all, but for members that it does not name.
        schema = closed(response["content"][media]["schema"])
        schema["components"] = {"schemas": {
            name: closed(part) for name, part in self.content["components"]["schemas"].items()}}
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        faults = [f"{fault.json_path}: {fault.message[:300]}" for fault in validator.iter_errors(answer.json())]
        assert faults == [], f"{operation['operationId']} {answer.status_code}: {faults[:5]}"


def closed(schema: dict) -> dict:
    """The same schema without room for members it does not name; what is of all of several is left as it is."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: part if name == "allOf" else closed(part) for name, part in copy.deepcopy(schema).items()}
    if "object" in (kinds := schema.get("type") or []) or kinds == "object":
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
    return schema
