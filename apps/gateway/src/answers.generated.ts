import type { Answers } from '@signalbox/chassis';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  "operations": {
    "listActivities": {
      "$ref": "#/components/schemas/Activities"
    },
    "publishEvents": {
      "$ref": "#/components/schemas/Intake"
    },
    "listEventSources": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/EventSourceFigures"
          }
        },
        "nextCursor": {
          "type": [
            "string",
            "null"
          ]
        }
      },
      "required": [
        "items",
        "nextCursor"
      ]
    },
    "listEventRefusals": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/KeptRefusal"
          }
        },
        "nextCursor": {
          "type": [
            "string",
            "null"
          ]
        }
      },
      "required": [
        "items",
        "nextCursor"
      ]
    },
    "issueKey": {
      "anyOf": [
        {
          "$ref": "#/components/schemas/IssuedKey"
        },
        {
          "$ref": "#/components/schemas/NotRepeated"
        }
      ]
    },
    "listKeys": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/PublicKey"
          }
        },
        "nextCursor": {
          "type": [
            "string",
            "null"
          ]
        }
      },
      "required": [
        "items",
        "nextCursor"
      ]
    },
    "getMe": {
      "$ref": "#/components/schemas/Identity"
    },
    "createPrincipal": {
      "$ref": "#/components/schemas/Principal"
    },
    "listPrincipals": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Principal"
          }
        },
        "nextCursor": {
          "type": [
            "string",
            "null"
          ]
        }
      },
      "required": [
        "items",
        "nextCursor"
      ]
    },
    "getPrincipal": {
      "$ref": "#/components/schemas/Principal"
    },
    "replacePrincipal": {
      "$ref": "#/components/schemas/Principal"
    },
    "getStatus": {
      "$ref": "#/components/schemas/InstallationStatus"
    }
  },
  "schemas": {
    "Activities": {
      "description": "`asOf`: when it was read.",
      "type": "object",
      "properties": {
        "asOf": {
          "type": "string",
          "format": "date-time"
        },
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Activity"
          }
        },
        "nextCursor": {
          "type": [
            "string",
            "null"
          ]
        }
      },
      "required": [
        "asOf",
        "items",
        "nextCursor"
      ]
    },
    "Activity": {
      "description": "One event as the archive keeps it.",
      "type": "object",
      "properties": {
        "seq": {
          "type": "number",
          "description": "Rises with commit order: a reader that has seen `seq` has seen everything before it."
        },
        "eventId": {
          "type": "string"
        },
        "type": {
          "type": "string"
        },
        "source": {
          "type": "string"
        },
        "subject": {
          "type": "string"
        },
        "at": {
          "type": "string",
          "format": "date-time"
        },
        "releaseId": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "content": {},
        "customData": {}
      },
      "required": [
        "seq",
        "eventId",
        "type",
        "source",
        "subject",
        "at",
        "content"
      ]
    },
    "Binding": {
      "description": "A role for one application, for all of a team's, or (neither given) for all; a publisher's for one source.",
      "type": "object",
      "properties": {
        "role": {
          "$ref": "#/components/schemas/Role"
        },
        "application": {
          "type": "string"
        },
        "team": {
          "type": "string"
        },
        "source": {
          "type": "string"
        }
      },
      "required": [
        "role"
      ]
    },
    "BuildVersion": {
      "description": "Which build it is: how the parts of an installation stand is what `signalbox doctor` reads.",
      "type": "object",
      "properties": {
        "version": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        }
      },
      "required": [
        "version",
        "commit"
      ]
    },
    "DatabaseStatus": {
      "type": "object",
      "properties": {
        "ok": {
          "type": "boolean"
        },
        "detail": {
          "type": "string",
          "description": "What is wrong, in words."
        },
        "version": {
          "type": "string"
        },
        "clockAheadMs": {
          "type": "number",
          "description": "By how much its clock is ahead of this process's."
        },
        "missingMigrations": {
          "type": "number",
          "description": "Migrations that this build knows and the database lacks."
        },
        "unknownMigrations": {
          "type": "number",
          "description": "Migrations that the database has and this build does not know."
        }
      },
      "required": [
        "ok"
      ]
    },
    "EventSourceFigures": {
      "description": "A source as operators see it.",
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        },
        "prefix": {
          "type": "string"
        },
        "topic": {
          "type": "string"
        },
        "accepted": {
          "type": "number",
          "description": "Taken in for good, over whichever way it came."
        },
        "duplicates": {
          "type": "number"
        },
        "refused": {
          "type": "number"
        },
        "lastReceivedAt": {
          "type": [
            "string",
            "null"
          ],
          "format": "date-time"
        }
      },
      "required": [
        "name",
        "prefix",
        "topic",
        "accepted",
        "duplicates",
        "refused",
        "lastReceivedAt"
      ]
    },
    "EventsStatus": {
      "type": "object",
      "properties": {
        "outboxRows": {
          "type": "number"
        },
        "outboxOldestAgeMs": {
          "type": "number"
        },
        "parkedKeys": {
          "type": "number"
        },
        "retryingKeys": {
          "type": "number"
        },
        "overdueMs": {
          "type": "number",
          "description": "By how much the earliest of what waits for a time is late; 0: nothing is. Absent: an older build."
        },
        "lag": {
          "type": "number",
          "description": "Records not yet dealt with; absent: the broker does not tell now."
        }
      },
      "required": [
        "outboxRows",
        "outboxOldestAgeMs",
        "parkedKeys",
        "retryingKeys"
      ]
    },
    "HostSeen": {
      "description": "A host as the deployer sees it.",
      "type": "object",
      "properties": {
        "ok": {
          "type": "boolean"
        },
        "detail": {
          "type": "string",
          "description": "What is wrong, in words."
        },
        "url": {
          "type": "string"
        },
        "build": {
          "$ref": "#/components/schemas/BuildVersion"
        },
        "clockAheadMs": {
          "type": "number"
        },
        "environments": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "id": {
                "type": "string"
              },
              "generation": {
                "type": "number",
                "description": "Of what should run there."
              },
              "onHost": {
                "type": "number",
                "description": "Absent: the host knows nothing of it."
              },
              "wanted": {
                "type": "number",
                "description": "Processes."
              },
              "ready": {
                "type": "number"
              }
            },
            "required": [
              "id",
              "generation"
            ]
          }
        }
      },
      "required": [
        "ok",
        "url",
        "environments"
      ]
    },
    "Identity": {
      "description": "Who calls, as the gateway vouches for it.",
      "type": "object",
      "properties": {
        "principal": {
          "type": "string"
        },
        "name": {
          "type": "string"
        },
        "kind": {
          "type": "string",
          "enum": [
            "machine",
            "person"
          ]
        },
        "teams": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "emails": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "bindings": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Binding"
          }
        }
      },
      "required": [
        "principal",
        "name",
        "kind",
        "teams",
        "emails",
        "bindings"
      ]
    },
    "IndexedRefusal": {
      "description": "An event that was not taken in; `index` counts the request's events from 0.",
      "type": "object",
      "properties": {
        "index": {
          "type": "number"
        },
        "code": {
          "$ref": "#/components/schemas/RefusalCode"
        },
        "message": {
          "type": "string"
        },
        "pointer": {
          "type": "string",
          "description": "Into the event as JSON: `/source`, `/data/subject/id`."
        },
        "id": {
          "type": "string",
          "description": "What it says of itself, as far as it does."
        },
        "type": {
          "type": "string"
        }
      },
      "required": [
        "index",
        "code",
        "message",
        "pointer"
      ]
    },
    "InstallationStatus": {
      "description": "What the gateway answers: itself, and every service behind it.",
      "type": "object",
      "properties": {
        "now": {
          "type": "string",
          "format": "date-time"
        },
        "services": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "service": {
                "type": "string"
              },
              "url": {
                "type": "string"
              },
              "problem": {
                "type": "string",
                "description": "Why there is no status."
              },
              "status": {
                "$ref": "#/components/schemas/ServiceStatus"
              },
              "clockAheadMs": {
                "type": "number",
                "description": "By how much its clock is ahead of the gateway's."
              }
            },
            "required": [
              "service",
              "url"
            ]
          }
        }
      },
      "required": [
        "now",
        "services"
      ]
    },
    "Intake": {
      "description": "What a source is told of its request.",
      "type": "object",
      "properties": {
        "accepted": {
          "type": "number"
        },
        "duplicates": {
          "type": "number"
        },
        "refused": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/IndexedRefusal"
          }
        }
      },
      "required": [
        "accepted",
        "duplicates",
        "refused"
      ]
    },
    "IssuedKey": {
      "description": "A new key with its text, which no other answer holds.",
      "type": "object",
      "properties": {
        "key": {
          "type": "string"
        },
        "id": {
          "type": "string"
        },
        "principalId": {
          "type": "string"
        },
        "prefix": {
          "type": "string",
          "description": "The first characters, by which people tell keys apart."
        },
        "expiresAt": {
          "type": "string",
          "format": "date-time"
        },
        "revokedAt": {
          "type": "string",
          "format": "date-time"
        },
        "isFromStart": {
          "type": "boolean",
          "description": "`ADMIN_KEY`, which the next one replaces."
        },
        "isReplaced": {
          "type": "boolean",
          "description": "Revoked by the next one, not by a person."
        }
      },
      "required": [
        "key",
        "id",
        "principalId",
        "prefix"
      ]
    },
    "KeptRefusal": {
      "description": "An event that was not taken in.",
      "type": "object",
      "properties": {
        "seq": {
          "type": "number"
        },
        "at": {
          "type": "string",
          "format": "date-time"
        },
        "id": {
          "type": [
            "string",
            "null"
          ],
          "description": "What it says of itself, as far as it does."
        },
        "type": {
          "type": [
            "string",
            "null"
          ]
        },
        "code": {
          "type": "string"
        },
        "message": {
          "type": "string"
        },
        "pointer": {
          "type": "string"
        }
      },
      "required": [
        "seq",
        "at",
        "id",
        "type",
        "code",
        "message",
        "pointer"
      ]
    },
    "NotRepeated": {
      "description": "What a repeated request is answered whose first answer held a secret: it was not kept.",
      "type": "object",
      "properties": {
        "note": {
          "type": "string"
        }
      },
      "required": [
        "note"
      ]
    },
    "Principal": {
      "description": "A person or a machine that may call.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "name": {
          "type": "string",
          "description": "Unique; what logs and screens show."
        },
        "kind": {
          "type": "string",
          "enum": [
            "machine",
            "person"
          ]
        },
        "teams": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "emails": {
          "type": "array",
          "items": {
            "type": "string"
          },
          "description": "Verified addresses; they match authors of changes."
        },
        "bindings": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Binding"
          }
        },
        "disabled": {
          "type": "boolean"
        }
      },
      "required": [
        "id",
        "name",
        "kind",
        "teams",
        "emails",
        "bindings",
        "disabled"
      ]
    },
    "ProcessLost": {
      "description": "One that was heard of, and has ended without saying so; nothing listens at its address since.",
      "type": "object",
      "properties": {
        "version": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        },
        "url": {
          "type": "string"
        },
        "pid": {
          "type": "number"
        },
        "startedAt": {
          "type": "string",
          "format": "date-time"
        },
        "lastSeenAt": {
          "type": "string",
          "format": "date-time"
        }
      },
      "required": [
        "version",
        "commit",
        "url",
        "pid",
        "startedAt",
        "lastSeenAt"
      ]
    },
    "ProcessSeen": {
      "description": "One of the processes of a service that have been heard of within seconds.",
      "type": "object",
      "properties": {
        "version": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        },
        "url": {
          "type": "string"
        },
        "pid": {
          "type": "number"
        },
        "startedAt": {
          "type": "string",
          "format": "date-time"
        }
      },
      "required": [
        "version",
        "commit",
        "url",
        "pid",
        "startedAt"
      ]
    },
    "PublicKey": {
      "description": "A key as it is listed.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "principalId": {
          "type": "string"
        },
        "prefix": {
          "type": "string",
          "description": "The first characters, by which people tell keys apart."
        },
        "expiresAt": {
          "type": "string",
          "format": "date-time"
        },
        "revokedAt": {
          "type": "string",
          "format": "date-time"
        },
        "isFromStart": {
          "type": "boolean",
          "description": "`ADMIN_KEY`, which the next one replaces."
        },
        "isReplaced": {
          "type": "boolean",
          "description": "Revoked by the next one, not by a person."
        }
      },
      "required": [
        "id",
        "principalId",
        "prefix"
      ]
    },
    "RefusalCode": {
      "type": "string",
      "enum": [
        "forged_source",
        "invalid",
        "malformed",
        "reserved_type",
        "too_large"
      ]
    },
    "Role": {
      "type": "string",
      "enum": [
        "admin",
        "developer",
        "operator",
        "publisher",
        "release-manager",
        "runner",
        "viewer"
      ]
    },
    "RunnerStatus": {
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        },
        "labels": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "lastSeenAt": {
          "type": "string",
          "format": "date-time"
        },
        "isOnline": {
          "type": "boolean"
        },
        "running": {
          "type": "number",
          "description": "Tasks that it holds."
        },
        "version": {
          "type": "string"
        }
      },
      "required": [
        "name",
        "labels",
        "lastSeenAt",
        "isOnline",
        "running",
        "version"
      ]
    },
    "ServiceStatus": {
      "description": "What a service says of itself at `/status`.",
      "type": "object",
      "properties": {
        "version": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        },
        "service": {
          "type": "string"
        },
        "now": {
          "type": "string",
          "format": "date-time"
        },
        "database": {
          "$ref": "#/components/schemas/DatabaseStatus"
        },
        "broker": {
          "type": "object",
          "properties": {
            "ok": {
              "type": "boolean"
            },
            "detail": {
              "type": "string",
              "description": "What is wrong, in words."
            },
            "kind": {
              "type": "string",
              "enum": [
                "embedded",
                "kafka"
              ]
            }
          },
          "required": [
            "ok",
            "kind"
          ]
        },
        "caughtUp": {
          "type": "boolean",
          "description": "Everything that was in the log at the start has been applied."
        },
        "events": {
          "$ref": "#/components/schemas/EventsStatus",
          "description": "Absent, as what else the database tells: it does not tell now."
        },
        "processes": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/ProcessSeen"
          }
        },
        "lost": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/ProcessLost"
          },
          "description": "Processes that ended within the last minutes and did not say so."
        },
        "runners": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/RunnerStatus"
          },
          "description": "Of the service that has runners."
        },
        "hosts": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/HostSeen"
          },
          "description": "Of the service that has hosts."
        }
      },
      "required": [
        "version",
        "commit",
        "service",
        "now",
        "database",
        "broker",
        "caughtUp"
      ]
    }
  }
};
