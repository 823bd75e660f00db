import type { Answers } from '@signalbox/chassis';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  "operations": {
    "registerApplication": {
      "$ref": "#/components/schemas/Application"
    },
    "listApplications": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/ApplicationSummary"
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
    "getApplication": {
      "$ref": "#/components/schemas/Application"
    },
    "redefineApplication": {
      "$ref": "#/components/schemas/Application"
    },
    "getManifestSchema": {
      "type": "object",
      "additionalProperties": {}
    },
    "listFreezes": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/FreezeGate"
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
    "getFreeze": {
      "$ref": "#/components/schemas/FreezeGate"
    },
    "addFreeze": {
      "$ref": "#/components/schemas/FreezeGate"
    },
    "listHolds": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/HoldGate"
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
    "getHold": {
      "$ref": "#/components/schemas/HoldGate"
    },
    "hold": {
      "$ref": "#/components/schemas/HoldGate"
    },
    "listOverrides": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/OverrideGate"
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
    "getOverride": {
      "$ref": "#/components/schemas/OverrideGate"
    },
    "requestOverride": {
      "$ref": "#/components/schemas/OverrideGate"
    },
    "confirmOverride": {
      "$ref": "#/components/schemas/OverrideGate"
    },
    "getProtection": {
      "$ref": "#/components/schemas/Protection"
    },
    "protectEnvironment": {
      "$ref": "#/components/schemas/Protection"
    },
    "listQuarantines": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/QuarantineGate"
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
    "liftQuarantine": {
      "$ref": "#/components/schemas/QuarantineGate"
    },
    "approveRelease": {
      "$ref": "#/components/schemas/Release"
    },
    "cancelRelease": {
      "$ref": "#/components/schemas/Release"
    },
    "retryStage": {
      "$ref": "#/components/schemas/Release"
    },
    "createRelease": {
      "$ref": "#/components/schemas/Release"
    },
    "listReleases": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/ReleaseSummary"
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
    "getRelease": {
      "$ref": "#/components/schemas/Release"
    },
    "explainRelease": {
      "$ref": "#/components/schemas/Why"
    },
    "promoteRollout": {
      "$ref": "#/components/schemas/Release"
    },
    "rollBackRelease": {
      "$ref": "#/components/schemas/Release"
    },
    "listSlots": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Slot"
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
    "getSlot": {
      "$ref": "#/components/schemas/Slot"
    }
  },
  "schemas": {
    "Actor": {
      "description": "Who did something, as the gateway vouched for it, and why if they said so.",
      "type": "object",
      "properties": {
        "principal": {
          "type": "string"
        },
        "name": {
          "type": "string"
        },
        "kind": {
          "type": "string"
        },
        "reason": {
          "type": "string"
        }
      },
      "required": [
        "principal",
        "kind"
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
    "Application": {
      "description": "An application as REST answers it.",
      "type": "object",
      "properties": {
        "name": {
          "type": "string"
        },
        "createdAt": {
          "type": "string",
          "format": "date-time"
        },
        "updatedAt": {
          "type": "string",
          "format": "date-time"
        },
        "team": {
          "type": "string"
        },
        "manifest": {
          "$ref": "#/components/schemas/Manifest"
        },
        "definition": {
          "$ref": "#/components/schemas/EffectiveManifest"
        },
        "definitionVersion": {
          "type": "number"
        },
        "source": {
          "type": "string",
          "enum": [
            "file",
            "rest"
          ],
          "description": "Where the last definition came from: REST, or the file at a release's commit."
        },
        "repository": {
          "type": "string",
          "description": "Folder or URL that is cloned."
        }
      },
      "required": [
        "name",
        "createdAt",
        "updatedAt",
        "team",
        "manifest",
        "definition",
        "definitionVersion",
        "source",
        "repository"
      ]
    },
    "ApplicationSummary": {
      "description": "An application as lists show it.",
      "type": "object",
      "properties": {
        "team": {
          "type": "string"
        },
        "definitionVersion": {
          "type": "number"
        },
        "repository": {
          "type": "string",
          "description": "Folder or URL that is cloned."
        },
        "name": {
          "type": "string"
        },
        "environments": {
          "type": "array",
          "items": {
            "type": "string"
          }
        }
      },
      "required": [
        "team",
        "definitionVersion",
        "repository",
        "name",
        "environments"
      ]
    },
    "ApprovalRule": {
      "type": "object",
      "properties": {
        "team": {
          "type": "string"
        },
        "required": {
          "type": "number"
        }
      },
      "required": [
        "team",
        "required"
      ]
    },
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
    "Change": {
      "type": "object",
      "properties": {
        "sha": {
          "type": "string"
        },
        "committedAt": {
          "type": "string",
          "format": "date-time"
        },
        "type": {
          "type": "string"
        },
        "subject": {
          "type": "string"
        },
        "breaking": {
          "type": "boolean"
        },
        "authorEmail": {
          "type": "string"
        }
      },
      "required": [
        "sha",
        "committedAt",
        "subject"
      ]
    },
    "EffectiveEnvironment": {
      "type": "object",
      "properties": {
        "tier": {
          "type": "string",
          "enum": [
            "production",
            "staging"
          ]
        },
        "target": {
          "type": "string",
          "const": "process"
        },
        "config": {
          "type": "object",
          "additionalProperties": {
            "anyOf": [
              {
                "type": "object",
                "properties": {
                  "secretRef": {
                    "type": "string"
                  }
                },
                "required": [
                  "secretRef"
                ]
              },
              {
                "type": "string"
              }
            ]
          }
        },
        "replicas": {
          "type": "number"
        },
        "soak": {
          "type": "string"
        },
        "approvals": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/ApprovalRule"
          }
        },
        "approvalTimeout": {
          "type": "string"
        },
        "suites": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Suite"
          }
        },
        "strategy": {
          "anyOf": [
            {
              "type": "object",
              "properties": {
                "canary": {
                  "type": "object",
                  "properties": {
                    "steps": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/CanaryStep"
                      }
                    }
                  },
                  "required": [
                    "steps"
                  ]
                }
              },
              "required": [
                "canary"
              ]
            },
            {
              "type": "object",
              "properties": {
                "recreate": {
                  "type": "object",
                  "additionalProperties": false
                }
              },
              "required": [
                "recreate"
              ]
            }
          ]
        },
        "progressDeadline": {
          "type": "string"
        },
        "analysis": {
          "$ref": "#/components/schemas/AnalysisConfig"
        },
        "watch": {
          "type": "object",
          "properties": {
            "bake": {
              "type": "string"
            },
            "onFailure": {
              "type": "string",
              "enum": [
                "alert",
                "roll_back"
              ]
            }
          },
          "required": [
            "bake",
            "onFailure"
          ]
        }
      },
      "required": [
        "tier",
        "target",
        "config",
        "replicas",
        "soak",
        "approvals",
        "approvalTimeout",
        "suites",
        "strategy",
        "progressDeadline",
        "analysis",
        "watch"
      ]
    },
    "EffectiveManifest": {
      "description": "A definition with every default filled in; durations are ISO 8601. What a release keeps as its snapshot.",
      "type": "object",
      "properties": {
        "apiVersion": {
          "type": "string",
          "const": "signalbox/v1"
        },
        "name": {
          "type": "string"
        },
        "repository": {
          "type": "object",
          "properties": {
            "url": {
              "type": "string"
            },
            "branch": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          },
          "required": [
            "path"
          ]
        },
        "version": {
          "type": "object",
          "properties": {
            "source": {
              "type": "string",
              "enum": [
                "conventional-commits",
                "manual",
                "tag"
              ]
            },
            "initial": {
              "type": "string"
            },
            "tagFormat": {
              "type": "string"
            },
            "paths": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "fallback": {
              "type": "string",
              "enum": [
                "none",
                "patch"
              ]
            },
            "createTag": {
              "type": "boolean"
            }
          },
          "required": [
            "source",
            "initial",
            "tagFormat",
            "paths",
            "fallback",
            "createTag"
          ]
        },
        "lifecycle": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "phase": {
                "type": "string"
              },
              "environments": {
                "type": "array",
                "items": {
                  "type": "string"
                }
              },
              "require": {
                "$ref": "#/components/schemas/Require"
              }
            },
            "required": [
              "phase",
              "environments",
              "require"
            ]
          }
        },
        "build": {
          "type": "object",
          "properties": {
            "executor": {
              "type": "string",
              "const": "runner"
            },
            "steps": {
              "type": "array",
              "items": {
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
                  "timeout": {
                    "type": "string"
                  }
                },
                "required": [
                  "run",
                  "env",
                  "timeout"
                ]
              },
              "description": "Absent: decided at the checkout, see `defaultBuildSteps`."
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
            "executor",
            "outputs"
          ]
        },
        "runtime": {
          "type": "object",
          "properties": {
            "command": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "healthCheckPath": {
              "type": "string"
            },
            "startTimeout": {
              "type": "string"
            },
            "stopTimeout": {
              "type": "string"
            }
          },
          "required": [
            "command",
            "healthCheckPath",
            "startTimeout",
            "stopTimeout"
          ]
        },
        "environments": {
          "type": "object",
          "additionalProperties": {
            "$ref": "#/components/schemas/EffectiveEnvironment"
          }
        },
        "policies": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "name": {
                "type": "string",
                "const": "tests-passed"
              },
              "min": {
                "type": "number"
              }
            },
            "required": [
              "name",
              "min"
            ]
          }
        },
        "feedback": {
          "type": "object",
          "properties": {
            "window": {
              "type": "string"
            }
          },
          "required": [
            "window"
          ]
        }
      },
      "required": [
        "apiVersion",
        "name",
        "repository",
        "version",
        "lifecycle",
        "build",
        "runtime",
        "environments",
        "policies",
        "feedback"
      ]
    },
    "FreezeGate": {
      "description": "Closes environments for a time.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "kind": {
          "type": "string",
          "const": "freeze"
        },
        "by": {
          "type": "string"
        },
        "windowId": {
          "type": "string"
        },
        "name": {
          "type": "string"
        },
        "scope": {
          "$ref": "#/components/schemas/Scope"
        },
        "from": {
          "type": "string",
          "format": "date-time"
        },
        "to": {
          "type": "string",
          "format": "date-time"
        },
        "reason": {
          "type": "string"
        },
        "inFlight": {
          "type": "string",
          "enum": [
            "abort",
            "finish",
            "pause"
          ]
        },
        "removed": {
          "type": "boolean"
        },
        "removedBy": {
          "$ref": "#/components/schemas/Actor",
          "description": "Who ended it before its time."
        }
      },
      "required": [
        "id",
        "kind",
        "by",
        "windowId",
        "name",
        "scope",
        "from",
        "to",
        "reason",
        "inFlight",
        "removed"
      ]
    },
    "HoldGate": {
      "description": "Stops the line until somebody lifts it.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "kind": {
          "type": "string",
          "const": "hold"
        },
        "release": {
          "type": "object",
          "properties": {
            "application": {
              "type": "string"
            },
            "version": {
              "type": "string"
            }
          },
          "required": [
            "application",
            "version"
          ]
        },
        "holdId": {
          "type": "string"
        },
        "message": {
          "type": "string"
        },
        "scope": {
          "$ref": "#/components/schemas/Scope"
        },
        "by": {
          "type": "string"
        },
        "expiresAt": {
          "type": "string",
          "format": "date-time"
        },
        "inFlight": {
          "type": "string",
          "enum": [
            "abort",
            "finish",
            "pause"
          ]
        },
        "removed": {
          "type": "boolean"
        },
        "removedBy": {
          "$ref": "#/components/schemas/Actor",
          "description": "Who ended it before its time."
        }
      },
      "required": [
        "id",
        "kind",
        "holdId",
        "message",
        "scope",
        "by",
        "inFlight",
        "removed"
      ]
    },
    "Manifest": {
      "description": "`signalbox.yaml`, and the same over REST; unknown keys are errors. Durations: `500ms`, `10s`, `1h30m`, `PT5M`.",
      "type": "object",
      "properties": {
        "apiVersion": {
          "type": "string",
          "const": "signalbox/v1"
        },
        "name": {
          "type": "string"
        },
        "repository": {
          "type": "object",
          "properties": {
            "url": {
              "type": "string"
            },
            "branch": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          }
        },
        "version": {
          "type": "object",
          "properties": {
            "source": {
              "type": "string",
              "enum": [
                "conventional-commits",
                "manual",
                "tag"
              ]
            },
            "initial": {
              "type": "string"
            },
            "tagFormat": {
              "type": "string"
            },
            "paths": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "fallback": {
              "type": "string",
              "enum": [
                "none",
                "patch"
              ]
            },
            "createTag": {
              "type": "boolean"
            }
          }
        },
        "lifecycle": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "phase": {
                "type": "string"
              },
              "environments": {
                "type": "array",
                "items": {
                  "type": "string"
                }
              },
              "require": {
                "anyOf": [
                  {
                    "type": "string",
                    "enum": [
                      "all",
                      "optional"
                    ]
                  },
                  {
                    "type": "object",
                    "properties": {
                      "minimum": {
                        "type": "number"
                      }
                    },
                    "required": [
                      "minimum"
                    ]
                  }
                ]
              }
            },
            "required": [
              "phase",
              "environments"
            ]
          }
        },
        "build": {
          "type": "object",
          "properties": {
            "executor": {
              "type": "string",
              "const": "runner"
            },
            "steps": {
              "type": "array",
              "items": {
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
                  "timeout": {
                    "type": "string"
                  }
                },
                "required": [
                  "run"
                ]
              }
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
          }
        },
        "runtime": {
          "type": "object",
          "properties": {
            "command": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "healthCheckPath": {
              "type": "string"
            },
            "startTimeout": {
              "type": "string"
            },
            "stopTimeout": {
              "type": "string"
            }
          },
          "required": [
            "command"
          ]
        },
        "environments": {
          "type": "object",
          "additionalProperties": {
            "$ref": "#/components/schemas/ManifestEnvironment"
          }
        },
        "policies": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "name": {
                "type": "string",
                "const": "tests-passed"
              },
              "min": {
                "type": "number"
              }
            },
            "required": [
              "name"
            ]
          }
        },
        "feedback": {
          "type": "object",
          "properties": {
            "window": {
              "type": "string"
            }
          }
        }
      },
      "required": [
        "apiVersion",
        "name",
        "runtime"
      ]
    },
    "ManifestEnvironment": {
      "description": "A place where an application runs.",
      "type": "object",
      "properties": {
        "tier": {
          "type": "string",
          "enum": [
            "production",
            "staging"
          ]
        },
        "config": {
          "type": "object",
          "additionalProperties": {
            "anyOf": [
              {
                "type": "object",
                "properties": {
                  "secretRef": {
                    "type": "string"
                  }
                },
                "required": [
                  "secretRef"
                ]
              },
              {
                "type": "string"
              }
            ]
          }
        },
        "replicas": {
          "type": "number"
        },
        "soak": {
          "type": "string"
        },
        "approvals": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "team": {
                "type": "string"
              },
              "required": {
                "type": "number"
              }
            },
            "required": [
              "team",
              "required"
            ]
          }
        },
        "approvalTimeout": {
          "type": "string"
        },
        "suites": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "name": {
                "type": "string"
              },
              "run": {
                "type": "array",
                "items": {
                  "type": "string"
                }
              },
              "executor": {
                "type": "object",
                "properties": {
                  "event": {
                    "type": "string"
                  }
                },
                "required": [
                  "event"
                ]
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
              "timeout": {
                "type": "string"
              }
            },
            "required": [
              "name"
            ]
          }
        },
        "strategy": {
          "anyOf": [
            {
              "type": "string",
              "enum": [
                "recreate"
              ]
            },
            {
              "type": "object",
              "properties": {
                "canary": {
                  "type": "object",
                  "properties": {
                    "steps": {
                      "type": "array",
                      "items": {
                        "$ref": "#/components/schemas/CanaryStep"
                      }
                    }
                  },
                  "required": [
                    "steps"
                  ]
                }
              },
              "required": [
                "canary"
              ]
            },
            {
              "type": "object",
              "properties": {
                "recreate": {
                  "type": "object",
                  "additionalProperties": false
                }
              },
              "required": [
                "recreate"
              ]
            }
          ]
        },
        "progressDeadline": {
          "type": "string"
        },
        "analysis": {
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
          }
        },
        "watch": {
          "type": "object",
          "properties": {
            "bake": {
              "type": "string"
            },
            "onFailure": {
              "type": "string",
              "enum": [
                "alert",
                "roll_back"
              ]
            }
          }
        }
      }
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
    "OverrideGate": {
      "description": "Lets one release pass a freeze, once two people have said so.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "kind": {
          "type": "string",
          "const": "override"
        },
        "overrideId": {
          "type": "string"
        },
        "windowId": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        },
        "environment": {
          "type": "string"
        },
        "reason": {
          "type": "string"
        },
        "requestedBy": {
          "type": "string"
        },
        "confirmedBy": {
          "type": "string"
        },
        "expiresAt": {
          "type": "string",
          "format": "date-time"
        },
        "removed": {
          "type": "boolean"
        }
      },
      "required": [
        "id",
        "kind",
        "overrideId",
        "windowId",
        "releaseId",
        "reason",
        "requestedBy",
        "expiresAt",
        "removed"
      ]
    },
    "Person": {
      "description": "A person or machine, as far as a release must remember it.",
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
          "description": "`person` or `machine`; absent in releases of earlier builds."
        },
        "emails": {
          "type": "array",
          "items": {
            "type": "string"
          }
        }
      },
      "required": [
        "principal",
        "name",
        "emails"
      ]
    },
    "PlanGroup": {
      "type": "object",
      "properties": {
        "stages": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "require": {
          "$ref": "#/components/schemas/Require"
        }
      },
      "required": [
        "stages",
        "require"
      ]
    },
    "Protection": {
      "description": "An environment's protection as REST answers it.",
      "type": "object",
      "properties": {
        "environment": {
          "type": "string"
        },
        "approvals": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/ApprovalRule"
          }
        },
        "changedBy": {
          "$ref": "#/components/schemas/Actor",
          "description": "Who gave it these rules, and why if they said so; absent where nobody has yet."
        }
      },
      "required": [
        "environment",
        "approvals"
      ]
    },
    "QuarantineGate": {
      "description": "Keeps an artifact out of an environment.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "kind": {
          "type": "string",
          "const": "quarantine"
        },
        "lifted": {
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
          ]
        },
        "quarantineId": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "digest": {
          "type": "string"
        },
        "environment": {
          "type": "string",
          "description": "Absent: in every environment."
        },
        "reason": {
          "type": "string"
        },
        "removed": {
          "type": "boolean"
        }
      },
      "required": [
        "id",
        "kind",
        "quarantineId",
        "application",
        "version",
        "digest",
        "reason",
        "removed"
      ]
    },
    "Release": {
      "description": "A release as REST answers it: its stages in order.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "team": {
          "type": "string"
        },
        "version": {
          "type": "string",
          "description": "Empty while a draft."
        },
        "channel": {
          "type": "string",
          "const": "stable"
        },
        "status": {
          "$ref": "#/components/schemas/ReleaseStatus"
        },
        "wish": {
          "type": "object",
          "properties": {
            "ref": {
              "type": "string"
            },
            "version": {
              "type": "string"
            },
            "bump": {
              "type": "string",
              "enum": [
                "major",
                "minor",
                "patch"
              ]
            },
            "notes": {
              "type": "string"
            },
            "dryRun": {
              "type": "boolean"
            }
          },
          "required": [
            "dryRun"
          ],
          "description": "What was asked for."
        },
        "author": {
          "$ref": "#/components/schemas/Person"
        },
        "changeAuthors": {
          "type": "array",
          "items": {
            "type": "string"
          },
          "description": "Authors of the changes, by e-mail."
        },
        "repository": {
          "type": "object",
          "properties": {
            "location": {
              "type": "string"
            },
            "path": {
              "type": "string"
            },
            "branch": {
              "type": "string"
            }
          },
          "required": [
            "location",
            "path"
          ]
        },
        "commit": {
          "type": "string"
        },
        "base": {
          "type": "string"
        },
        "bump": {
          "type": "string"
        },
        "summary": {
          "type": "string"
        },
        "notes": {
          "type": "string"
        },
        "changes": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Change"
          }
        },
        "definitionVersion": {
          "type": "number"
        },
        "groups": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/PlanGroup"
          }
        },
        "rollback": {
          "$ref": "#/components/schemas/Rollback",
          "description": "The last that was asked for."
        },
        "rollbacksBeside": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Rollback"
          },
          "description": "Those of other environments: of the same phase, which go back at once (all have one `attempt`), or of before."
        },
        "notTakenBack": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Stay"
          }
        },
        "cancelRequested": {
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
          ]
        },
        "troubledSince": {
          "type": "string",
          "format": "date-time",
          "description": "Since when its planning has kept failing for reasons that are no answer."
        },
        "cause": {
          "type": "object",
          "properties": {
            "code": {
              "type": "string"
            },
            "detail": {
              "type": "string"
            },
            "stage": {
              "type": "string"
            },
            "fix": {
              "type": "string"
            },
            "faults": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "releaseId": {
              "type": "string"
            }
          },
          "required": [
            "code",
            "detail"
          ],
          "description": "`releaseId` is another release that was in the way."
        },
        "superseded": {
          "type": "boolean"
        },
        "tag": {
          "type": "object",
          "properties": {
            "name": {
              "type": "string"
            },
            "done": {
              "type": "boolean"
            },
            "error": {
              "type": "string"
            }
          },
          "required": [
            "name",
            "done"
          ]
        },
        "createdAt": {
          "type": "string",
          "format": "date-time"
        },
        "plannedAt": {
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
        "planHash": {
          "type": "string",
          "description": "Of scope, plan and digest: what a vote is for."
        },
        "approvals": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/RuleState"
          },
          "description": "Of the approve stage that is next."
        },
        "votes": {
          "type": "array",
          "items": {
            "type": "object",
            "properties": {
              "name": {
                "type": "string"
              },
              "at": {
                "type": "string",
                "format": "date-time"
              },
              "stage": {
                "type": "string"
              }
            },
            "required": [
              "name",
              "at"
            ]
          }
        },
        "stages": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Stage"
          }
        }
      },
      "required": [
        "id",
        "application",
        "team",
        "version",
        "channel",
        "status",
        "wish",
        "author",
        "changeAuthors",
        "repository",
        "commit",
        "summary",
        "notes",
        "changes",
        "groups",
        "createdAt",
        "planHash",
        "approvals",
        "votes",
        "stages"
      ]
    },
    "ReleaseEnd": {
      "type": "object",
      "properties": {
        "status": {
          "type": "string"
        },
        "cause": {
          "type": "string"
        },
        "did": {
          "type": "string"
        },
        "next": {
          "type": "string"
        }
      },
      "required": [
        "status",
        "cause",
        "did",
        "next"
      ]
    },
    "ReleaseStatus": {
      "type": "string",
      "enum": [
        "cancelled",
        "completed",
        "draft",
        "failed",
        "planned",
        "rolled_back",
        "running"
      ]
    },
    "ReleaseSummary": {
      "description": "A release as lists show it.",
      "type": "object",
      "properties": {
        "author": {
          "type": "string",
          "description": "By name."
        },
        "alert": {
          "type": "string",
          "description": "What somebody must look at although it has ended."
        },
        "id": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "version": {
          "type": "string",
          "description": "Empty while a draft."
        },
        "status": {
          "$ref": "#/components/schemas/ReleaseStatus"
        },
        "commit": {
          "type": "string"
        },
        "summary": {
          "type": "string"
        },
        "cause": {
          "type": "object",
          "properties": {
            "code": {
              "type": "string"
            },
            "detail": {
              "type": "string"
            },
            "stage": {
              "type": "string"
            },
            "fix": {
              "type": "string"
            },
            "faults": {
              "type": "array",
              "items": {
                "type": "string"
              }
            },
            "releaseId": {
              "type": "string"
            }
          },
          "required": [
            "code",
            "detail"
          ],
          "description": "`releaseId` is another release that was in the way."
        },
        "createdAt": {
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
        }
      },
      "required": [
        "author",
        "id",
        "application",
        "version",
        "status",
        "commit",
        "summary",
        "createdAt"
      ]
    },
    "Require": {
      "anyOf": [
        {
          "type": "string",
          "enum": [
            "all",
            "optional"
          ]
        },
        {
          "type": "object",
          "properties": {
            "minimum": {
              "type": "number"
            }
          },
          "required": [
            "minimum"
          ]
        }
      ]
    },
    "Rollback": {
      "description": "A release taken back in an environment after its deployment there had ended.",
      "type": "object",
      "properties": {
        "environment": {
          "type": "string"
        },
        "reason": {
          "type": "string"
        },
        "by": {
          "type": "string"
        },
        "attempt": {
          "type": "number"
        },
        "targetReleaseId": {
          "type": "string"
        },
        "targetVersion": {
          "type": "string"
        },
        "skipped": {
          "type": "array",
          "items": {
            "type": "string"
          },
          "description": "Newer than the target, and passed over as quarantined; newest first."
        },
        "slotVersion": {
          "type": "number"
        },
        "requestedAt": {
          "type": "string",
          "format": "date-time"
        },
        "heardAt": {
          "type": "string",
          "format": "date-time",
          "description": "The deployer said that it works on it."
        },
        "endedAt": {
          "type": "string",
          "format": "date-time"
        },
        "outcome": {
          "$ref": "#/components/schemas/Outcome"
        },
        "detail": {
          "type": "string"
        },
        "durationMs": {
          "type": "number"
        },
        "goesOn": {
          "type": "boolean",
          "const": true,
          "description": "Its phase has enough without this environment: the release goes on."
        }
      },
      "required": [
        "environment",
        "reason",
        "by",
        "attempt",
        "targetReleaseId",
        "targetVersion",
        "slotVersion",
        "requestedAt"
      ]
    },
    "RuleState": {
      "type": "object",
      "properties": {
        "granted": {
          "type": "number"
        },
        "team": {
          "type": "string"
        },
        "required": {
          "type": "number"
        }
      },
      "required": [
        "granted",
        "team",
        "required"
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
    "Scope": {
      "description": "Where a window, hold or quarantine applies; an absent field means everywhere.",
      "type": "object",
      "properties": {
        "application": {
          "type": "string"
        },
        "environment": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        }
      }
    },
    "Slot": {
      "description": "One application in one environment: at most one release at a time may change what runs here.",
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
        "holder": {
          "type": "object",
          "properties": {
            "releaseId": {
              "type": "string"
            },
            "version": {
              "type": "string"
            },
            "since": {
              "type": "string",
              "format": "date-time"
            }
          },
          "required": [
            "releaseId",
            "version",
            "since"
          ]
        },
        "wantedBy": {
          "type": "object",
          "properties": {
            "releaseId": {
              "type": "string"
            },
            "version": {
              "type": "string"
            }
          },
          "required": [
            "releaseId",
            "version"
          ],
          "description": "A newer release waits for a holder that only monitors."
        },
        "slotVersion": {
          "type": "number",
          "description": "Counts requests that change what runs here."
        },
        "current": {
          "$ref": "#/components/schemas/Running"
        },
        "history": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Running"
          },
          "description": "What ran before, newest first; where a rollback looks for its target."
        },
        "url": {
          "type": "string"
        },
        "metricsUrl": {
          "type": "string"
        }
      },
      "required": [
        "id",
        "application",
        "environment",
        "slotVersion",
        "history"
      ]
    },
    "Stage": {
      "description": "A stage; one that asks for approval with what was given.",
      "type": "object",
      "properties": {
        "key": {
          "type": "string"
        },
        "kind": {
          "$ref": "#/components/schemas/StageKind"
        },
        "environment": {
          "type": "string"
        },
        "status": {
          "$ref": "#/components/schemas/StageStatus"
        },
        "attempt": {
          "type": "number",
          "description": "0 until the first request."
        },
        "errored": {
          "type": "number",
          "description": "Attempts that errored, of those that policy may repeat."
        },
        "retriedBy": {
          "$ref": "#/components/schemas/Actor",
          "description": "Who had it tried again."
        },
        "blockers": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Blocker"
          }
        },
        "blockedSince": {
          "type": "string",
          "format": "date-time"
        },
        "waitsSince": {
          "type": "object",
          "additionalProperties": {
            "type": "string"
          },
          "description": "Since when each of the blockers is there, by code; absent in what was blocked before it was kept: all of the time."
        },
        "requestedAt": {
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
        "heardAt": {
          "type": "string",
          "format": "date-time",
          "description": "Last word of the executor on this attempt."
        },
        "paused": {
          "type": "boolean"
        },
        "summary": {
          "type": "string"
        },
        "notBefore": {
          "type": "string",
          "format": "date-time",
          "description": "Not before then: a retry waits, or the executor named the time."
        },
        "cancelling": {
          "type": "object",
          "properties": {
            "reason": {
              "type": "string"
            },
            "until": {
              "type": "string",
              "format": "date-time"
            }
          },
          "required": [
            "reason",
            "until"
          ]
        },
        "outcome": {
          "type": "string",
          "enum": [
            "cancelled",
            "errored",
            "failed",
            "skipped",
            "succeeded"
          ]
        },
        "reason": {
          "type": "string"
        },
        "detail": {
          "type": "string"
        },
        "outputs": {
          "$ref": "#/components/schemas/StageOutputs"
        },
        "approvals": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/RuleState"
          }
        }
      },
      "required": [
        "key",
        "kind",
        "status",
        "attempt",
        "blockers"
      ]
    },
    "StageKind": {
      "type": "string",
      "enum": [
        "approve",
        "build",
        "deploy",
        "feedback",
        "monitor",
        "test"
      ]
    },
    "StageOutputs": {
      "description": "What stages hand on; every kind of stage fills its own part.",
      "type": "object",
      "properties": {
        "artifact": {
          "$ref": "#/components/schemas/Artifact"
        },
        "live": {
          "type": "object",
          "properties": {
            "current": {
              "$ref": "#/components/schemas/Running"
            },
            "previous": {
              "$ref": "#/components/schemas/Running"
            },
            "url": {
              "type": "string"
            },
            "metricsUrl": {
              "type": "string"
            },
            "slotVersion": {
              "type": "number"
            }
          },
          "required": [
            "current",
            "url",
            "metricsUrl",
            "slotVersion"
          ]
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
        "rollback": {
          "type": "object",
          "properties": {
            "exposed": {
              "type": "boolean"
            },
            "target": {
              "type": "string"
            },
            "durationMs": {
              "type": "number"
            }
          },
          "required": [
            "exposed"
          ],
          "description": "A deployment that was taken back: whether users had seen it, and what serves now."
        },
        "verdict": {
          "type": "string"
        },
        "flagged": {
          "type": "string"
        },
        "lastLines": {
          "type": "array",
          "items": {
            "type": "string"
          },
          "description": "Last lines of the log that explain a failure."
        },
        "evidence": {
          "type": "object",
          "additionalProperties": {}
        }
      }
    },
    "StageStatus": {
      "type": "string",
      "enum": [
        "blocked",
        "cancelled",
        "cancelling",
        "errored",
        "failed",
        "pending",
        "requested",
        "running",
        "skipped",
        "succeeded"
      ]
    },
    "Stay": {
      "description": "Where a release is still what runs although its phase was taken back.",
      "type": "object",
      "properties": {
        "environment": {
          "type": "string"
        },
        "detail": {
          "type": "string"
        },
        "command": {
          "type": "string"
        }
      },
      "required": [
        "environment",
        "detail",
        "command"
      ]
    },
    "Suite": {
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
          "description": "Absent for the built-in `smoke` suite: 20 GETs of the health path."
        },
        "executor": {
          "type": "object",
          "properties": {
            "event": {
              "type": "string"
            }
          },
          "required": [
            "event"
          ],
          "description": "In place of `run`: the event source that reports what a tool outside has found."
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
        "timeout": {
          "type": "string"
        }
      },
      "required": [
        "name",
        "env",
        "timeout"
      ]
    },
    "Why": {
      "description": "Why a release does not move, or what became of it.",
      "type": "object",
      "properties": {
        "release": {
          "type": "string"
        },
        "state": {
          "type": "string",
          "enum": [
            "blocked",
            "ended",
            "moving"
          ]
        },
        "stage": {
          "type": "string"
        },
        "since": {
          "type": "string",
          "format": "date-time"
        },
        "blockers": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/Blocker"
          }
        },
        "ended": {
          "$ref": "#/components/schemas/ReleaseEnd"
        }
      },
      "required": [
        "release",
        "state",
        "blockers"
      ]
    }
  }
};
