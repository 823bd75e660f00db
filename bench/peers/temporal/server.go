package main

import (
	"fmt"
	"net/url"
	"os"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql" // registers postgres12
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/tools/sql"
)

const (
	// below 32768: the server stores its ports as smallint
	frontendPort = 17233
	historyPort  = 17234
	matchingPort = 17235
	workerPort   = 17239
	// written into the database at the first start, so change it together with the schema
	historyShards = 4
)

// the server that PEERS_POSTGRES names; its databases are temporal and temporal_visibility
func postgresURL() *url.URL {
	address, err := url.Parse(os.Getenv("PEERS_POSTGRES"))
	if err != nil || address.Port() == "" {
		fmt.Fprintln(os.Stderr, "PEERS_POSTGRES is no URL of a PostgreSQL")
		os.Exit(2)
	}
	return address
}

func password(address *url.URL) string {
	word, _ := address.User.Password()
	return word
}

// setUpSchema runs what temporal-sql-tool runs, from the same module as the server.
func setUpSchema() error {
	for _, name := range []string{"temporal", "visibility"} {
		database := map[string]string{"temporal": "temporal", "visibility": "temporal_visibility"}[name]
		at := postgresURL()
		tool := []string{"temporal-sql-tool", "--plugin", "postgres12", "--ep", at.Hostname(), "--port", at.Port(),
			"--user", at.User.Username(), "--password", password(at), "--database", database}
		if err := sql.RunTool(append(tool, "setup-schema", "--version", "0.0")); err != nil {
			return err
		}
		if err := sql.RunTool(append(tool, "update-schema", "--schema-name", "postgresql/v12/"+name)); err != nil {
			return err
		}
	}
	return nil
}

func startServer() (temporal.Server, error) {
	server, err := temporal.NewServer(
		temporal.WithConfig(serverConfig()),
		temporal.ForServices(temporal.DefaultServices),
		// While it starts it calls errors what it tries again; what ends it comes back from Start.
		temporal.WithLogger(log.NewZapLogger(log.BuildZapLogger(log.Config{Level: "fatal"}))),
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient{
			dynamicconfig.EnableServerVersionCheck.Key(): false, // no call to the outside
			// lift the rate limits: the engine is measured, not its throttle
			dynamicconfig.FrontendRPS.Key():                        100_000,
			dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key(): 100_000,
			dynamicconfig.HistoryRPS.Key():                         100_000,
			dynamicconfig.MatchingRPS.Key():                        100_000,
			dynamicconfig.FrontendPersistenceMaxQPS.Key():          100_000,
			dynamicconfig.HistoryPersistenceMaxQPS.Key():           100_000,
			dynamicconfig.MatchingPersistenceMaxQPS.Key():          100_000,
		}),
	)
	if err != nil {
		return nil, err
	}
	return server, server.Start()
}

func serverConfig() *config.Config {
	address := fmt.Sprintf("127.0.0.1:%d", frontendPort)
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: "127.0.0.1"},
		},
		Persistence: config.Persistence{
			DefaultStore:     "default",
			VisibilityStore:  "visibility",
			NumHistoryShards: historyShards,
			DataStores: map[string]config.DataStore{
				"default":    {SQL: postgres("temporal", 20)},
				"visibility": {SQL: postgres("temporal_visibility", 5)},
			},
		},
		Services: map[string]config.Service{
			"frontend": service(frontendPort),
			"history":  service(historyPort),
			"matching": service(matchingPort),
			"worker":   service(workerPort),
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        "active",
			CurrentClusterName:       "active",
			ClusterInformation: map[string]cluster.ClusterInformation{
				"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: address},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{
			Archival: config.ArchivalNamespaceDefaults{
				History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
				Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
			},
		},
		PublicClient: config.PublicClient{HostPort: address},
	}
}

func postgres(database string, connections int) *config.SQL {
	at := postgresURL()
	return &config.SQL{
		PluginName:      "postgres12",
		ConnectProtocol: "tcp",
		ConnectAddr:     at.Host,
		User:            at.User.Username(),
		Password:        password(at),
		DatabaseName:    database,
		MaxConns:        connections,
		MaxIdleConns:    connections,
		MaxConnLifetime: time.Hour,
	}
}

func service(port int) config.Service {
	return config.Service{RPC: config.RPC{GRPCPort: port, MembershipPort: port + 100, BindOnLocalHost: true}}
}
