import type { Answers } from '@signalbox/chassis';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  "operations": {
    "listAnalyses": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Analysis"
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
    "getAnalysis": {
      "$ref": "#/components/schemas/Analysis"
    },
    "listJudgements": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/DatedJudgement"
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
    "reportIncident": {
      "$ref": "#/components/schemas/Incident"
    },
    "listIncidents": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Incident"
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
    "getIncident": {
      "$ref": "#/components/schemas/Incident"
    },
    "resolveIncident": {
      "$ref": "#/components/schemas/Incident"
    }
  },
  "schemas": {
    "Analysis": {
      "description": "An analysis as REST answers it: without the judge's memory.",
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
        "environment": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "metricsUrl": {
          "type": "string"
        },
        "canary": {
          "type": "string"
        },
        "baseline": {
          "type": "string"
        },
        "baselineVersion": {
          "type": "string"
        },
        "config": {
          "$ref": "#/components/schemas/AnalysisConfig"
        },
        "status": {
          "type": "string",
          "enum": [
            "ended",
            "judging"
          ]
        },
        "weight": {
          "type": "number"
        },
        "step": {
          "type": "number",
          "description": "The rollout step that is judged."
        },
        "nextLookAt": {
          "type": "string",
          "format": "date-time"
        },
        "servedAt": {
          "type": "string",
          "format": "date-time",
          "description": "When the canary last served a request."
        },
        "exits": {
          "type": "object",
          "properties": {
            "canary": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "baseline": {
              "type": "array",
              "items": {
                "type": "string"
              }
            }
          },
          "required": [
            "canary",
            "baseline"
          ],
          "description": "When a process of either ended by itself, lately."
        },
        "downSince": {
          "type": "string",
          "format": "date-time",
          "description": "None of the canary's processes could serve, at every look since."
        },
        "downForMs": {
          "type": "number",
          "description": "So long that may last; absent in analyses of before it counted."
        },
        "unreadable": {
          "type": "object",
          "properties": {
            "since": {
              "type": "string",
              "format": "date-time"
            },
            "reason": {
              "type": "string"
            }
          },
          "required": [
            "since",
            "reason"
          ],
          "description": "Since when the counters cannot be read, and why."
        },
        "judged": {
          "$ref": "#/components/schemas/Judgement"
        },
        "startedAt": {
          "type": "string",
          "format": "date-time"
        },
        "ended": {
          "type": "object",
          "properties": {
            "at": {
              "type": "string",
              "format": "date-time"
            },
            "reason": {
              "type": "string"
            }
          },
          "required": [
            "at",
            "reason"
          ]
        }
      },
      "required": [
        "id",
        "releaseId",
        "application",
        "environment",
        "version",
        "metricsUrl",
        "canary",
        "config",
        "status",
        "weight",
        "step",
        "nextLookAt",
        "servedAt",
        "startedAt"
      ]
    },
    "AnalysisConfig": {
      "type": "object",
      "properties": {
        "judge": {
          "type": "string",
          "const": "sequential"
        },
        "alpha": {
          "type": "number"
        },
        "beta": {
          "type": "number"
        },
        "interval": {
          "type": "string"
        },
        "metrics": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/AnalysisMetric"
          }
        },
        "onInconclusive": {
          "type": "string",
          "enum": [
            "pause",
            "promote_flagged",
            "roll_back"
          ]
        },
        "onSilence": {
          "type": "string",
          "enum": [
            "pause",
            "roll_back"
          ]
        }
      },
      "required": [
        "judge",
        "alpha",
        "beta",
        "interval",
        "metrics",
        "onInconclusive",
        "onSilence"
      ]
    },
    "AnalysisMetric": {
      "anyOf": [
        {
          "type": "object",
          "properties": {
            "name": {
              "type": "string",
              "const": "request-duration"
            },
            "quantile": {
              "type": "number"
            },
            "thresholdRange": {
              "type": "object",
              "properties": {
                "max": {
                  "type": "string"
                }
              },
              "required": [
                "max"
              ]
            },
            "slack": {
              "type": "string"
            },
            "dryRun": {
              "type": "boolean"
            }
          },
          "required": [
            "name",
            "quantile",
            "thresholdRange",
            "slack",
            "dryRun"
          ]
        },
        {
          "type": "object",
          "properties": {
            "name": {
              "type": "string",
              "const": "request-success-rate"
            },
            "thresholdRange": {
              "type": "object",
              "properties": {
                "min": {
                  "type": "number"
                }
              },
              "required": [
                "min"
              ]
            },
            "tolerance": {
              "type": "number"
            },
            "dryRun": {
              "type": "boolean"
            }
          },
          "required": [
            "name",
            "thresholdRange",
            "tolerance",
            "dryRun"
          ]
        }
      ]
    },
    "DatedJudgement": {
      "description": "A judgement, and when it was made.",
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
    },
    "Incident": {
      "description": "Something is wrong with an application in an environment, found by a watch or told by a person.",
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
        "version": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        },
        "purl": {
          "type": "string",
          "description": "The artifact that ran, when a watch found it."
        },
        "description": {
          "type": "string"
        },
        "url": {
          "type": "string",
          "description": "Where people work on it."
        },
        "openedBy": {
          "type": "string"
        },
        "openedAt": {
          "type": "string",
          "format": "date-time"
        },
        "status": {
          "type": "string",
          "enum": [
            "open",
            "resolved"
          ]
        },
        "resolved": {
          "type": "object",
          "properties": {
            "by": {
              "type": "string"
            },
            "at": {
              "type": "string",
              "format": "date-time"
            },
            "note": {
              "type": "string"
            }
          },
          "required": [
            "by",
            "at"
          ]
        }
      },
      "required": [
        "id",
        "application",
        "environment",
        "description",
        "openedBy",
        "openedAt",
        "status"
      ]
    },
    "Judgement": {
      "type": "object",
      "properties": {
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
        "analysisId",
        "releaseId",
        "number",
        "step",
        "verdict",
        "canary",
        "summary",
        "metrics"
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
