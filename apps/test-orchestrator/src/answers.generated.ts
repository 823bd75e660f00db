import type { Answers } from '@signalbox/chassis';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  "operations": {
    "listMissedReports": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/MissedReport"
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
    "listTestRuns": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/TestRun"
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
    "getTestRun": {
      "$ref": "#/components/schemas/TestRun"
    }
  },
  "schemas": {
    "FailedCase": {
      "description": "A failing case, as people need it: what, why, where.",
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        },
        "message": {
          "type": "string"
        },
        "place": {
          "type": "string"
        }
      },
      "required": [
        "name",
        "message"
      ]
    },
    "MissedReport": {
      "description": "A report of a tool outside that counted for nothing, and why.",
      "type": "object",
      "properties": {
        "at": {
          "type": "string",
          "format": "date-time"
        },
        "source": {
          "type": "string"
        },
        "eventId": {
          "type": "string"
        },
        "type": {
          "type": "string"
        },
        "releaseId": {
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
        }
      },
      "required": [
        "at",
        "source",
        "eventId",
        "type",
        "releaseId",
        "code",
        "message"
      ]
    },
    "Outcome": {
      "type": "string",
      "enum": [
        "cancelled",
        "errored",
        "failed",
        "succeeded"
      ]
    },
    "SuiteRun": {
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        },
        "taskId": {
          "type": "string"
        },
        "junit": {
          "type": "string",
          "description": "Where the suite says its report will be; the built-in smoke suite always writes one."
        },
        "isSmoke": {
          "type": "boolean"
        },
        "source": {
          "type": "string",
          "description": "The event source that reports it; absent: a runner does it."
        },
        "dueAt": {
          "type": "string",
          "format": "date-time",
          "description": "Of one that is awaited from outside: until then."
        },
        "status": {
          "type": "string",
          "enum": [
            "ended",
            "queued",
            "reading",
            "running"
          ]
        },
        "heardAt": {
          "type": "string",
          "format": "date-time",
          "description": "When its task last said how it stands; absent: not yet."
        },
        "outcome": {
          "$ref": "#/components/schemas/Outcome"
        },
        "reason": {
          "type": "string"
        },
        "detail": {
          "type": "string"
        },
        "reportDigest": {
          "type": "string",
          "description": "Digest of the report in the store."
        },
        "lastLines": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "passed": {
          "type": "number"
        },
        "failed": {
          "type": "number"
        },
        "skipped": {
          "type": "number"
        },
        "failures": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/FailedCase"
          }
        }
      },
      "required": [
        "name",
        "taskId",
        "isSmoke",
        "status",
        "lastLines",
        "passed",
        "failed",
        "skipped",
        "failures"
      ]
    },
    "TestRun": {
      "description": "A test run as REST answers it.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "environment": {
          "type": "string"
        },
        "team": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "status": {
          "type": "string",
          "enum": [
            "ended",
            "running"
          ]
        },
        "suites": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/SuiteRun"
          }
        },
        "min": {
          "type": "number",
          "description": "Share of cases that must pass."
        },
        "waiting": {
          "type": "string"
        },
        "evaluation": {
          "type": "object",
          "properties": {
            "policy": {
              "type": "string"
            },
            "result": {
              "type": "string",
              "enum": [
                "failed",
                "not_applicable",
                "passed"
              ]
            },
            "inputs": {
              "type": "object",
              "additionalProperties": {}
            }
          },
          "required": [
            "policy",
            "result",
            "inputs"
          ]
        },
        "outcome": {
          "$ref": "#/components/schemas/Outcome"
        },
        "detail": {
          "type": "string"
        },
        "startedAt": {
          "type": "string",
          "format": "date-time"
        },
        "endedAt": {
          "type": "string",
          "format": "date-time"
        },
        "releaseId": {
          "type": "string"
        },
        "stage": {
          "type": "string"
        },
        "attempt": {
          "type": "number"
        }
      },
      "required": [
        "id",
        "application",
        "environment",
        "team",
        "version",
        "status",
        "suites",
        "min",
        "startedAt",
        "releaseId",
        "stage",
        "attempt"
      ]
    }
  }
};
