//! `metadata/…`: the list of `OpenAPI` documents, one document, and the order in which resources load.

use serde_json::{Value, json};

use super::discovery::Place;

/// The document at this path below `metadata/`, if there is one.
pub fn document(path: &[String], place: &Place, data_standard: &str) -> Option<Value> {
    let parts: Vec<_> = path.iter().map(|part| part.to_lowercase()).collect();
    match parts
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => Some(json!([{
            "name": "Resources",
            "endpointUri": place.metadata("resources/swagger.json"),
            "prefix": "",
        }])),
        ["data", "v3", "resources", "swagger.json"] => Some(resources(place, data_standard)),
        ["data", "v3", "dependencies"] => Some(json!([
            { "resource": "/ed-fi/schoolYearTypes", "order": 1, "operations": ["Create", "Update"] },
            { "resource": "/ed-fi/schools", "order": 2, "operations": ["Create", "Update"] },
            { "resource": "/ed-fi/students", "order": 3, "operations": ["Create", "Update"] },
        ])),
        _ => None,
    }
}

fn resources(place: &Place, data_standard: &str) -> Value {
    json!({
        "openapi": "3.0.1",
        "info": {
            "title": "Ed-Fi Operational Data Store API (practice stand-in)",
            "description": "Schools, students and school years of a practice deployment.",
            "version": "3",
            "x-edfi-data-standard": data_standard,
        },
        "servers": [{ "url": place.data() }],
        "security": [{ "oauth2_client_credentials": [] }],
        "paths": {
            "/ed-fi/schools": collection("school", "schoolId", "integer"),
            "/ed-fi/schools/{id}": item("school"),
            "/ed-fi/students": collection("student", "studentUniqueId", "string"),
            "/ed-fi/students/{id}": item("student"),
            "/ed-fi/schoolYearTypes": collection("schoolYearType", "schoolYear", "integer"),
            "/ed-fi/schoolYearTypes/{id}": item("schoolYearType"),
        },
        "components": {
            "securitySchemes": { "oauth2_client_credentials": {
                "type": "oauth2",
                "flows": { "clientCredentials": { "tokenUrl": place.token(), "scopes": {} } },
            }},
            "schemas": { "edFi_school": school(), "edFi_student": student(), "edFi_schoolYearType": school_year() },
        },
    })
}

fn collection(name: &str, key: &str, key_type: &str) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/edFi_{name}") });
    let number = |name: &str, default: u32| json!({ "name": name, "in": "query", "schema": { "type": "integer", "default": default, "minimum": 0 } });
    json!({
        "get": {
            "tags": [format!("{name}s")],
            "operationId": format!("get{name}s"),
            "summary": "Reads a page of the resource.",
            "parameters": [
                number("offset", 0),
                number("limit", 25),
                { "name": "totalCount", "in": "query", "schema": { "type": "boolean", "default": false } },
                { "name": key, "in": "query", "schema": { "type": key_type } },
            ],
            "responses": {
                "200": {
                    "description": "The page.",
                    "headers": { "Total-Count": { "schema": { "type": "integer" } } },
                    "content": { "application/json": { "schema": { "type": "array", "items": schema } } },
                },
                "401": { "description": "No valid token." },
                "403": { "description": "The client may not read this." },
            },
        },
        "post": {
            "tags": [format!("{name}s")],
            "operationId": format!("post{name}"),
            "summary": "Creates an item, or replaces the one with the same key.",
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
            "responses": {
                "200": { "description": "Replaced." },
                "201": { "description": "Created." },
                "400": { "description": "The item is not acceptable." },
            },
        },
    })
}

fn item(name: &str) -> Value {
    json!({
        "get": {
            "tags": [format!("{name}s")],
            "operationId": format!("get{name}sById"),
            "summary": "Reads one item.",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
            "responses": {
                "200": {
                    "description": "The item.",
                    "content": { "application/json": {
                        "schema": { "$ref": format!("#/components/schemas/edFi_{name}") },
                    }},
                },
                "404": { "description": "There is no such item." },
            },
        },
    })
}

fn school() -> Value {
    let list = |name: &str| json!({ "type": "array", "items": { "type": "object", "required": [name], "properties": { name: { "type": "string" } } } });
    json!({
        "type": "object",
        "required": ["schoolId", "nameOfInstitution", "educationOrganizationCategories", "gradeLevels"],
        "properties": {
            "id": { "type": "string" },
            "schoolId": { "type": "integer", "format": "int64" },
            "nameOfInstitution": { "type": "string", "maxLength": 75 },
            "shortNameOfInstitution": { "type": "string", "maxLength": 75 },
            "webSite": { "type": "string", "maxLength": 255 },
            "localEducationAgencyReference": {
                "type": "object",
                "properties": { "localEducationAgencyId": { "type": "integer", "format": "int64" } },
            },
            "educationOrganizationCategories": list("educationOrganizationCategoryDescriptor"),
            "gradeLevels": list("gradeLevelDescriptor"),
            "schoolCategories": list("schoolCategoryDescriptor"),
        },
    })
}

fn student() -> Value {
    json!({
        "type": "object",
        "required": ["studentUniqueId", "firstName", "lastSurname", "birthDate"],
        "properties": {
            "id": { "type": "string" },
            "studentUniqueId": { "type": "string", "maxLength": 32 },
            "firstName": { "type": "string", "maxLength": 75 },
            "lastSurname": { "type": "string", "maxLength": 75 },
            "middleName": { "type": "string", "maxLength": 75 },
            "birthDate": { "type": "string", "format": "date" },
        },
    })
}

fn school_year() -> Value {
    json!({
        "type": "object",
        "required": ["schoolYear", "currentSchoolYear", "schoolYearDescription"],
        "properties": {
            "id": { "type": "string" },
            "schoolYear": { "type": "integer" },
            "currentSchoolYear": { "type": "boolean" },
            "schoolYearDescription": { "type": "string", "maxLength": 50 },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &[&str]) -> Option<Value> {
        let path: Vec<_> = path.iter().map(|part| (*part).to_owned()).collect();
        document(&path, &Place::new("https://host/api/2027"), "6.1.0")
    }

    #[test]
    fn the_list_leads_to_the_document() {
        let list = get(&[]).unwrap();
        let address = list[0]["endpointUri"].as_str().unwrap();
        let path = address
            .strip_prefix("https://host/api/2027/metadata/")
            .unwrap();
        let document = get(&path.split('/').collect::<Vec<_>>()).unwrap();
        assert_eq!(
            document["servers"][0]["url"],
            "https://host/api/2027/data/v3"
        );
        // Every reference has its target.
        let text = document.to_string();
        for name in text
            .split("#/components/schemas/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(
                document["components"]["schemas"][name].is_object(),
                "{name}"
            );
        }
    }

    #[test]
    fn nothing_else_is_there() {
        assert!(get(&["xsd"]).is_none());
        assert!(get(&["data", "v3", "dependencies"]).is_some());
    }
}
