// Receives logs over OTLP on loopback with the receiver of the OpenTelemetry Collector, and writes what it hands on.
//
// usage: otlp FILE; prints its port, and ends with its standard input. Each record is a line of the file.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.uber.org/zap"
)

func main() {
	file, err := os.OpenFile(os.Args[1], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	check(err)
	next, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
		return write(json.NewEncoder(file), logs)
	})
	check(err)

	address := free()
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	protocols := map[string]any{"http": map[string]any{"endpoint": address}}
	check(confmap.NewFromStringMap(map[string]any{"protocols": protocols}).Unmarshal(config))
	settings := receiver.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}
	settings.Logger = zap.NewNop()
	logs, err := factory.CreateLogs(context.Background(), settings, config, next)
	check(err)
	check(logs.Start(context.Background(), componenttest.NewNopHost()))
	fmt.Println(address)
	_, _ = io.ReadAll(os.Stdin)
	check(logs.Shutdown(context.Background()))
}

// Writes what the Collector understood: a line for each record.
func write(out *json.Encoder, logs plog.Logs) error {
	for _, resource := range logs.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				err := out.Encode(map[string]any{
					"resource":   resource.Resource().Attributes().AsRaw(),
					"scope":      scope.Scope().Name(),
					"event":      record.EventName(),
					"severity":   record.SeverityNumber(),
					"body":       record.Body().AsString(),
					"time":       record.Timestamp().AsTime(),
					"attributes": record.Attributes().AsRaw(),
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// An address that nobody has at the moment: the receiver does not tell which it was given.
func free() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer listener.Close()
	return listener.Addr().String()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
