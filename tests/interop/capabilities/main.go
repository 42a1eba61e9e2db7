// Reads what `baton-1password capabilities` prints with the Baton SDK's own types, validates it, and prints what it says:
// a line for the connector and one for each resource type, with the capabilities by their names in the SDK.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	v2 "github.com/conductorone/baton-sdk/pb/c1/connector/v2"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
)

func main() {
	if err := read(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read() error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	packed := &anypb.Any{}
	if err := protojson.Unmarshal(text, packed); err != nil {
		return err
	}
	told := &v2.ConnectorCapabilities{}
	if err := packed.UnmarshalTo(told); err != nil {
		return err
	}
	if err := told.ValidateAll(); err != nil {
		return err
	}
	fmt.Println(line("connector", told.GetConnectorCapabilities()))
	for _, kind := range told.GetResourceTypeCapabilities() {
		fmt.Println(line(kind.GetResourceType().GetId(), kind.GetCapabilities()))
	}
	return nil
}

func line(name string, capabilities []v2.Capability) string {
	words := []string{name}
	for _, capability := range capabilities {
		words = append(words, capability.String())
	}
	return strings.Join(words, " ")
}
