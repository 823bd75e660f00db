import type { Answers } from '@signalbox/chassis';

/** Made by `npm run generate` from the types of the controllers. */
export const answers: Answers = {
  "operations": {
    "getDeliveryMetrics": {
      "$ref": "#/components/schemas/DeliveryReport"
    },
    "sendFeedback": {
      "$ref": "#/components/schemas/FeedbackLabels"
    },
    "listFeedback": {
      "type": "object",
      "properties": {
        "items": {
          "type": "array",
          "items": {
            "$ref": "#/components/schemas/FeedbackItem"
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
    "getFeedback": {
      "$ref": "#/components/schemas/FeedbackItem"
    },
    "listFeedbackSummaries": {
      "$ref": "#/components/schemas/FeedbackSummaries"
    }
  },
  "schemas": {
    "DeliveryMetrics": {
      "type": "object",
      "properties": {
        "changeLeadTime": {
          "$ref": "#/components/schemas/Figure"
        },
        "deploymentFrequency": {
          "$ref": "#/components/schemas/Figure"
        },
        "failedDeploymentRecoveryTime": {
          "$ref": "#/components/schemas/Figure"
        },
        "changeFailRate": {
          "$ref": "#/components/schemas/Figure"
        },
        "deploymentReworkRate": {
          "$ref": "#/components/schemas/Figure"
        }
      },
      "required": [
        "changeLeadTime",
        "deploymentFrequency",
        "failedDeploymentRecoveryTime",
        "changeFailRate",
        "deploymentReworkRate"
      ]
    },
    "DeliveryReport": {
      "description": "The delivery metrics of an application in a period; `asOf`: when they were computed.",
      "type": "object",
      "properties": {
        "application": {
          "type": "string"
        },
        "from": {
          "type": "string",
          "format": "date-time"
        },
        "to": {
          "type": "string",
          "format": "date-time"
        },
        "figures": {
          "$ref": "#/components/schemas/DeliveryMetrics"
        },
        "asOf": {
          "type": "string",
          "format": "date-time"
        }
      },
      "required": [
        "application",
        "from",
        "to",
        "figures",
        "asOf"
      ]
    },
    "FeedbackItem": {
      "description": "What somebody says about an application. Text, region and author are never in an event.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        },
        "kind": {
          "$ref": "#/components/schemas/FeedbackKind"
        },
        "rating": {
          "type": "number",
          "description": "0 to 10."
        },
        "text": {
          "type": "string"
        },
        "region": {
          "type": "string"
        },
        "author": {
          "type": "string"
        },
        "receivedBy": {
          "type": "string"
        },
        "receivedAt": {
          "type": "string",
          "format": "date-time"
        },
        "forgottenAt": {
          "type": "string",
          "format": "date-time"
        }
      },
      "required": [
        "id",
        "application",
        "kind",
        "receivedBy",
        "receivedAt"
      ]
    },
    "FeedbackKind": {
      "type": "string",
      "enum": [
        "complaint",
        "idea",
        "praise",
        "question",
        "survey"
      ]
    },
    "FeedbackLabels": {
      "description": "Feedback without who said it and in which words: answers are kept for replays.",
      "type": "object",
      "properties": {
        "id": {
          "type": "string"
        },
        "application": {
          "type": "string"
        },
        "version": {
          "type": "string"
        },
        "releaseId": {
          "type": "string"
        },
        "kind": {
          "$ref": "#/components/schemas/FeedbackKind"
        },
        "rating": {
          "type": "number",
          "description": "0 to 10."
        },
        "receivedBy": {
          "type": "string"
        },
        "receivedAt": {
          "type": "string",
          "format": "date-time"
        }
      },
      "required": [
        "id",
        "application",
        "kind",
        "receivedBy",
        "receivedAt"
      ]
    },
    "FeedbackSummaries": {
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
            "$ref": "#/components/schemas/FeedbackSummary"
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
    "FeedbackSummary": {
      "description": "What is said about one version.",
      "type": "object",
      "properties": {
        "version": {
          "type": [
            "string",
            "null"
          ]
        },
        "count": {
          "type": "number"
        },
        "kinds": {
          "type": "object",
          "properties": {
            "complaint": {
              "type": "number"
            },
            "praise": {
              "type": "number"
            },
            "idea": {
              "type": "number"
            },
            "question": {
              "type": "number"
            },
            "survey": {
              "type": "number"
            }
          },
          "required": [
            "complaint",
            "praise",
            "idea",
            "question",
            "survey"
          ]
        },
        "complaints": {
          "type": "object",
          "properties": {
            "share": {
              "type": "number"
            },
            "interval": {
              "$ref": "#/components/schemas/Interval"
            }
          },
          "required": [
            "share",
            "interval"
          ]
        },
        "netPromoterScore": {
          "type": "object",
          "properties": {
            "low": {
              "type": "number"
            },
            "high": {
              "type": "number"
            },
            "value": {
              "type": "number",
              "description": "Promoters minus detractors, from −1 to 1, as it was counted."
            },
            "answers": {
              "type": "number"
            }
          },
          "required": [
            "low",
            "high",
            "value",
            "answers"
          ],
          "description": "From surveys; absent below ten answers."
        }
      },
      "required": [
        "version",
        "count",
        "kinds",
        "complaints"
      ]
    },
    "Figure": {
      "description": "One figure, with the events it was computed from.",
      "type": "object",
      "properties": {
        "value": {
          "type": [
            "number",
            "null"
          ],
          "description": "Null when nothing was counted."
        },
        "count": {
          "type": "number",
          "description": "Out of how many."
        },
        "unit": {
          "type": "string",
          "enum": [
            "per day",
            "seconds",
            "share"
          ]
        },
        "eventIds": {
          "type": "array",
          "items": {
            "type": "string"
          }
        },
        "interval": {
          "$ref": "#/components/schemas/Interval"
        }
      },
      "required": [
        "value",
        "count",
        "unit",
        "eventIds"
      ]
    },
    "Interval": {
      "type": "object",
      "properties": {
        "low": {
          "type": "number"
        },
        "high": {
          "type": "number"
        }
      },
      "required": [
        "low",
        "high"
      ]
    }
  }
};
