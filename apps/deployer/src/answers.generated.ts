import type { Answers } from '@signalbox/chassis';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  "operations": {
    "listDeployments": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Deployment"
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
    "getDeployment": {
      "$ref": "#/components/schemas/Deployment"
    },
    "listEnvironments": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Environment"
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
    "getEnvironment": {
      "$ref": "#/components/schemas/Environment"
    },
    "listSecrets": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/SecretPin"
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
    }
  },
  "schemas": {
    "Blocker": {
      "type": "object",
      "properties": {
        "code": {
          "type": "string"
        },
        "detail": {
          "type": "string"
        },
        "liftsAt": {
          "type": "string",
          "format": "date-time",
          "description": "When it lifts by itself; absent: never."
        },
        "who": {
          "type": "string"
        },
        "command": {
          "type": "string"
        }
      },
      "required": [
        "code",
        "detail"
      ]
    },
    "CanaryStep": {
      "type": "object",
      "properties": {
        "setWeight": {
          "type": "number"
        },
        "analysis": {
          "type": "object",
          "properties": {
            "duration": {
              "type": "string"
            }
          },
          "required": [
            "duration"
          ]
        },
        "pause": {
          "type": "object",
          "properties": {
            "duration": {
              "type": "string"
            }
          }
        },
        "manualGate": {
          "type": "object",
          "properties": {
            "team": {
              "type": "string"
            }
          },
          "required": [
            "team"
          ]
        }
      }
    },
    "Deployment": {
      "description": "A deployment as REST answers it: without commands and configuration.",
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
        "running": {
          "$ref": "#/components/schemas/Running",
          "description": "The release that is deployed; in a rollback the one that comes back."
        },
        "mode": {
          "type": "string",
          "enum": [
            "forward",
            "rollback"
          ]
        },
        "reason": {
          "type": "string"
        },
        "expectedCurrent": {
          "$ref": "#/components/schemas/Running"
        },
        "steps": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/CanaryStep"
          }
        },
        "status": {
          "$ref": "#/components/schemas/DeploymentStatus"
        },
        "requestedAt": {
          "type": "string",
          "format": "date-time"
        },
        "startingSince": {
          "type": "string",
          "format": "date-time"
        },
        "step": {
          "type": "number",
          "description": "Index of the step it is at; `steps.length` when all are done."
        },
        "stepSince": {
          "type": "string",
          "format": "date-time"
        },
        "weightStep": {
          "type": "number",
          "description": "Index of the step that set the weight, which judgements name."
        },
        "weight": {
          "type": "number"
        },
        "exposed": {
          "type": "boolean",
          "description": "The weight has been above zero: users have seen it."
        },
        "pausedFor": {
          "type": "object",
          "properties": {
            "reason": {
              "$ref": "#/components/schemas/PauseReason"
            },
            "since": {
              "type": "string",
              "format": "date-time"
            },
            "detail": {
              "type": "string"
            },
            "blockers": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/Blocker"
              }
            }
          },
          "required": [
            "reason",
            "since",
            "blockers"
          ]
        },
        "analysis": {
          "type": "object",
          "properties": {
            "id": {
              "type": "string"
            },
            "requestedAt": {
              "type": "string",
              "format": "date-time"
            },
            "metricsUrl": {
              "type": "string"
            },
            "last": {
              "type": "object",
              "properties": {
                "at": {
                  "type": "string",
                  "format": "date-time"
                },
                "analysisId": {
                  "type": "string"
                },
                "releaseId": {
                  "type": "string"
                },
                "number": {
                  "type": "number",
                  "description": "Rises by one per judgement; the deployer applies only the next."
                },
                "step": {
                  "type": "number",
                  "description": "The rollout step whose weight the counts belong to."
                },
                "verdict": {
                  "$ref": "#/components/schemas/Verdict"
                },
                "canary": {
                  "type": "object",
                  "properties": {
                    "requests": {
                      "type": "number"
                    },
                    "failed": {
                      "type": "number"
                    }
                  },
                  "required": [
                    "requests",
                    "failed"
                  ]
                },
                "baseline": {
                  "type": "object",
                  "properties": {
                    "requests": {
                      "type": "number"
                    },
                    "failed": {
                      "type": "number"
                    }
                  },
                  "required": [
                    "requests",
                    "failed"
                  ]
                },
                "needed": {
                  "type": "number",
                  "description": "Requests that a pass needs, when nothing fails; what `37 of 376` is out of."
                },
                "evidence": {
                  "type": "number",
                  "description": "exp(logE) of what decided, against its limit 1/alpha."
                },
                "limit": {
                  "type": "number"
                },
                "summary": {
                  "type": "string",
                  "description": "`20 % FAILED: 8 of 41, …` or what is missing."
                },
                "metrics": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "name": {
                        "type": "string"
                      },
                      "verdict": {
                        "$ref": "#/components/schemas/Verdict"
                      },
                      "logE": {
                        "type": "number"
                      },
                      "detail": {
                        "type": "string"
                      },
                      "dryRun": {
                        "type": "boolean"
                      }
                    },
                    "required": [
                      "name",
                      "verdict",
                      "detail",
                      "dryRun"
                    ]
                  }
                },
                "silentForSeconds": {
                  "type": "number",
                  "description": "Seconds since a request was last seen by the canary."
                }
              },
              "required": [
                "at",
                "analysisId",
                "releaseId",
                "number",
                "step",
                "verdict",
                "canary",
                "summary",
                "metrics"
              ]
            }
          },
          "required": [
            "id",
            "requestedAt"
          ],
          "description": "`metricsUrl`: where it reads; absent in those asked for before it was kept."
        },
        "promotion": {
          "type": "object",
          "properties": {
            "by": {
              "type": "string"
            },
            "reason": {
              "type": "string"
            },
            "full": {
              "type": "boolean"
            },
            "teams": {
              "type": "array",
              "items": {
                "type": "string"
              }
            }
          },
          "required": [
            "by",
            "reason",
            "full",
            "teams"
          ],
          "description": "A person has asked to go past the present step."
        },
        "overridden": {
          "type": "object",
          "properties": {
            "by": {
              "type": "string"
            },
            "reason": {
              "type": "string"
            }
          },
          "required": [
            "by",
            "reason"
          ],
          "description": "The promotion that took it past a step, until it is told with the next weight."
        },
        "flagged": {
          "type": "string"
        },
        "trouble": {
          "type": "string",
          "description": "What keeps it from starting and may pass."
        },
        "back": {
          "type": "object",
          "properties": {
            "outcome": {
              "$ref": "#/components/schemas/Outcome"
            },
            "reason": {
              "type": "string"
            },
            "detail": {
              "type": "string"
            },
            "retryAfter": {
              "type": "string"
            },
            "blockers": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/Blocker"
              }
            },
            "lastLines": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "since": {
              "type": "string",
              "format": "date-time"
            }
          },
          "required": [
            "outcome",
            "since"
          ],
          "description": "Why it is taken back, and since when."
        },
        "ended": {
          "type": "object",
          "properties": {
            "outcome": {
              "$ref": "#/components/schemas/Outcome"
            },
            "reason": {
              "type": "string"
            },
            "detail": {
              "type": "string"
            },
            "retryAfter": {
              "type": "string"
            },
            "blockers": {
              "type": "array",
              "items": {
                "$ref": "#/components/schemas/Blocker"
              }
            },
            "lastLines": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "at": {
              "type": "string",
              "format": "date-time"
            }
          },
          "required": [
            "outcome",
            "at"
          ]
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
        "running",
        "mode",
        "steps",
        "status",
        "requestedAt",
        "step",
        "weightStep",
        "weight",
        "exposed",
        "releaseId",
        "stage",
        "attempt"
      ]
    },
    "DeploymentStatus": {
      "type": "string",
      "enum": [
        "ended",
        "finishing",
        "paused",
        "starting",
        "stepping",
        "taking_back",
        "waiting"
      ]
    },
    "Environment": {
      "description": "An environment as REST answers it. Commands, configuration and secrets stay here: what is shown is what runs.",
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
        "url": {
          "type": "string"
        },
        "metricsUrl": {
          "type": "string"
        },
        "since": {
          "type": "string",
          "format": "date-time"
        },
        "deployedBy": {
          "type": "string"
        },
        "current": {
          "$ref": "#/components/schemas/Running"
        },
        "previous": {
          "$ref": "#/components/schemas/Running"
        },
        "rollout": {
          "type": "object",
          "properties": {
            "weight": {
              "type": "number"
            },
            "releaseId": {
              "type": "string"
            },
            "version": {
              "type": "string"
            },
            "digest": {
              "type": "string"
            },
            "purl": {
              "type": "string"
            },
            "deploymentId": {
              "type": "string"
            },
            "slotVersion": {
              "type": "number"
            }
          },
          "required": [
            "weight",
            "releaseId",
            "version",
            "digest",
            "purl",
            "deploymentId",
            "slotVersion"
          ],
          "description": "A version on its way in, with its share of the traffic in percent."
        },
        "isSettled": {
          "type": "boolean",
          "description": "Whether the host has taken what should run."
        }
      },
      "required": [
        "id",
        "application",
        "environment",
        "team",
        "isSettled"
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
    "PauseReason": {
      "type": "string",
      "enum": [
        "analysis_inconclusive",
        "analysis_silent",
        "gate_closed",
        "manual_gate",
        "pause"
      ]
    },
    "Running": {
      "description": "What is live in a slot after a deployment; planning's slot and later requests carry it.",
      "type": "object",
      "properties": {
        "releaseId": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "digest": {
          "type": "string"
        },
        "purl": {
          "type": "string"
        },
        "deploymentId": {
          "type": "string"
        },
        "slotVersion": {
          "type": "number"
        }
      },
      "required": [
        "releaseId",
        "version",
        "digest",
        "purl",
        "deploymentId",
        "slotVersion"
      ]
    },
    "SecretPin": {
      "description": "Which value of a secret a deployment runs with: a later change must not restart it.",
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        },
        "version": {
          "type": "number"
        }
      },
      "required": [
        "name",
        "version"
      ]
    },
    "Verdict": {
      "type": "string",
      "enum": [
        "failed",
        "inconclusive",
        "passed"
      ]
    }
  }
};
