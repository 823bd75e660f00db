import type { Answers } from '@signalbox/chassis';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  "operations": {
    "writeBlob": {
      "type": "object",
      "properties": {
        "digest": {
          "type": "string"
        },
        "sizeBytes": {
          "type": "number"
        }
      },
      "required": [
        "digest",
        "sizeBytes"
      ]
    },
    "listBuilds": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Build"
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
    "getBuild": {
      "$ref": "#/components/schemas/Build"
    },
    "listEvaluations": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Evaluation"
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
    "listRunners": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/RunnerStatus"
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
    "leaseTask": {
      "$ref": "#/components/schemas/Lease"
    },
    "keepLease": {
      "$ref": "#/components/schemas/HeartbeatAnswer"
    },
    "offerUpload": {
      "type": "object",
      "properties": {
        "url": {
          "type": "string"
        }
      }
    },
    "getTask": {
      "$ref": "#/components/schemas/Task"
    },
    "getTaskLog": {
      "type": "string"
    }
  },
  "schemas": {
    "Artifact": {
      "type": "object",
      "properties": {
        "digest": {
          "type": "string"
        },
        "purl": {
          "type": "string"
        },
        "sizeBytes": {
          "type": "number"
        }
      },
      "required": [
        "digest",
        "purl",
        "sizeBytes"
      ]
    },
    "Build": {
      "description": "A build as REST answers it.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "team": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        },
        "taskId": {
          "type": "string"
        },
        "junit": {
          "type": "string",
          "description": "Where the build's own tests leave their report, if that is declared."
        },
        "status": {
          "type": "string",
          "enum": [
            "cancelled",
            "errored",
            "failed",
            "queued",
            "running",
            "succeeded"
          ]
        },
        "queuedAt": {
          "type": "string",
          "format": "date-time"
        },
        "startedAt": {
          "type": "string",
          "format": "date-time"
        },
        "endedAt": {
          "type": "string",
          "format": "date-time"
        },
        "reason": {
          "type": "string"
        },
        "detail": {
          "type": "string"
        },
        "artifact": {
          "$ref": "#/components/schemas/Artifact"
        },
        "tests": {
          "type": "object",
          "properties": {
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
              "description": "The first failing cases, with message and place."
            }
          },
          "required": [
            "passed",
            "failed",
            "skipped",
            "failures"
          ]
        },
        "attempt": {
          "type": "number"
        }
      },
      "required": [
        "id",
        "releaseId",
        "application",
        "team",
        "version",
        "commit",
        "taskId",
        "status",
        "queuedAt",
        "attempt"
      ]
    },
    "BuildStep": {
      "type": "object",
      "properties": {
        "run": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "env": {
          "type": "object",
          "additionalProperties": {
            "type": "string"
          }
        },
        "timeoutMs": {
          "type": "number"
        }
      },
      "required": [
        "run",
        "env",
        "timeoutMs"
      ]
    },
    "BuildTask": {
      "type": "object",
      "properties": {
        "application": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        },
        "repository": {
          "type": "object",
          "properties": {
            "location": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          },
          "required": [
            "location",
            "path"
          ],
          "description": "`path`: the folder inside the repository where commands run."
        },
        "kind": {
          "type": "string",
          "const": "build"
        },
        "steps": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/BuildStep"
          },
          "description": "Absent: the runner takes `defaultBuildSteps` if there is a package-lock.json."
        },
        "outputs": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "junit": {
          "type": "string"
        }
      },
      "required": [
        "application",
        "version",
        "commit",
        "repository",
        "kind",
        "outputs"
      ]
    },
    "Evaluation": {
      "description": "One policy's answer for one build, with what it was made from. Never changed.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "buildId": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "policy": {
          "type": "string"
        },
        "at": {
          "type": "string",
          "format": "date-time"
        },
        "result": {
          "type": "string",
          "enum": [
            "failed",
            "not_applicable",
            "passed"
          ]
        },
        "detail": {
          "type": "string"
        },
        "inputs": {
          "type": "object",
          "additionalProperties": {}
        }
      },
      "required": [
        "id",
        "buildId",
        "releaseId",
        "application",
        "version",
        "policy",
        "at",
        "result",
        "detail",
        "inputs"
      ]
    },
    "HeartbeatAnswer": {
      "type": "object",
      "properties": {
        "cancel": {
          "type": "string"
        }
      }
    },
    "Lease": {
      "type": "object",
      "properties": {
        "leaseId": {
          "type": "string"
        },
        "taskId": {
          "type": "string"
        },
        "taskToken": {
          "type": "string",
          "description": "Good for this task only, until the lease ends; never in a step's environment."
        },
        "fencingToken": {
          "type": "number"
        },
        "heartbeatMs": {
          "type": "number"
        },
        "spec": {
          "$ref": "#/components/schemas/TaskSpec"
        },
        "traceparent": {
          "type": "string",
          "description": "Of the release (W3C); what the runner says of the task carries it."
        }
      },
      "required": [
        "leaseId",
        "taskId",
        "taskToken",
        "fencingToken",
        "heartbeatMs",
        "spec"
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
    "Task": {
      "description": "A task as REST answers it.",
      "type": "object",
      "properties": {
        "kind": {
          "type": "string",
          "enum": [
            "build",
            "test"
          ]
        },
        "runner": {
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
        "id": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "queuedAt": {
          "type": "string",
          "format": "date-time"
        },
        "status": {
          "type": "string",
          "enum": [
            "closing",
            "ended",
            "queued",
            "running"
          ]
        },
        "outcome": {
          "$ref": "#/components/schemas/Outcome"
        },
        "reason": {
          "type": "string",
          "description": "A stable word: `wrong_version`, `repository_unreadable`, `runner_stopped`, …"
        },
        "detail": {
          "type": "string"
        },
        "exitCode": {
          "type": "number"
        },
        "artifact": {
          "type": "object",
          "properties": {
            "digest": {
              "type": "string"
            },
            "sizeBytes": {
              "type": "number"
            }
          },
          "required": [
            "digest",
            "sizeBytes"
          ]
        },
        "reportDigest": {
          "type": "string"
        }
      },
      "required": [
        "kind",
        "id",
        "releaseId",
        "application",
        "queuedAt",
        "status"
      ]
    },
    "TaskSpec": {
      "anyOf": [
        {
          "$ref": "#/components/schemas/BuildTask"
        },
        {
          "$ref": "#/components/schemas/TestTask"
        }
      ]
    },
    "TestTask": {
      "type": "object",
      "properties": {
        "application": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        },
        "repository": {
          "type": "object",
          "properties": {
            "location": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          },
          "required": [
            "location",
            "path"
          ],
          "description": "`path`: the folder inside the repository where commands run."
        },
        "kind": {
          "type": "string",
          "const": "test"
        },
        "suite": {
          "type": "object",
          "properties": {
            "name": {
              "type": "string"
            },
            "run": {
              "type": "array",
              "items": {
                "type": "string"
              },
              "description": "Absent: the built-in smoke suite."
            },
            "env": {
              "type": "object",
              "additionalProperties": {
                "type": "string"
              }
            },
            "junit": {
              "type": "string"
            },
            "timeoutMs": {
              "type": "number"
            }
          },
          "required": [
            "name",
            "env",
            "timeoutMs"
          ]
        },
        "target": {
          "type": "object",
          "properties": {
            "url": {
              "type": "string"
            },
            "healthCheckPath": {
              "type": "string"
            },
            "version": {
              "type": "string"
            },
            "slotVersion": {
              "type": "number"
            }
          },
          "required": [
            "url",
            "healthCheckPath",
            "version",
            "slotVersion"
          ]
        }
      },
      "required": [
        "application",
        "version",
        "commit",
        "repository",
        "kind",
        "suite",
        "target"
      ]
    }
  }
};
