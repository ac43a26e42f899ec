#!/usr/bin/env bash
# Pulumi 3.276.0: a map that a provider marks as secret is stored in clear text.
#
# A provider answers `Check` with the inputs of a resource, and marks those that are secret. For a provider that takes
# no secrets, such as every bridged Terraform provider, the engine then marks what the program had marked as secret as
# well. When it does so for a map that the program has not marked, it drops the mark of the provider. The state
# contains the map in clear text, while it contains a text next to it encrypted. The same happens to what `Create`
# returns. As a workaround, mark the map in the program, in Pulumi YAML with `fn::secret`.
#
# The program below is the engine's own client of providers, which talks to a provider that marks everything.
#
# Needs Go 1.26.6 or later, and the Go module proxy. It compiles for some minutes.
set -euo pipefail

module="github.com/pulumi/pulumi/pkg/v3 v3.276.0"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf 'module example.com/secrets\n\ngo 1.26.6\n\nrequire %s\n' "$module" > go.mod
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
)

// provider answers Check with its inputs, and marks each of them as secret.
type provider struct {
	pulumirpc.ResourceProviderClient
}

func (provider) Configure(
	context.Context, *pulumirpc.ConfigureRequest, ...grpc.CallOption,
) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: false}, nil
}

func (provider) Check(
	_ context.Context, q *pulumirpc.CheckRequest, _ ...grpc.CallOption,
) (*pulumirpc.CheckResponse, error) {
	marked := map[string]any{}
	for name, value := range q.News.AsMap() {
		marked[name] = map[string]any{resource.SigKey: resource.SecretSig, "value": value}
	}
	inputs, err := structpb.NewStruct(marked)
	return &pulumirpc.CheckResponse{Inputs: inputs}, err
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return value
}

func main() {
	host := must(plugin.NewContext(
		context.Background(), nil, nil, &plugin.MockHost{}, nil, ".", nil, false, nil, nil))
	client := plugin.NewProviderWithClient(host, provider{}, false)
	kind := tokens.Type("pulumi:providers:demo")
	must(client.Configure(context.Background(), plugin.ConfigureRequest{Type: &kind}))
	one := property.New("x")
	several := property.New(property.NewMap(map[string]property.Value{"key": one}))
	checked := must(client.Check(context.Background(), plugin.CheckRequest{
		URN: resource.NewURN("dev", "demo", "", "demo:index:Thing", "thing"),
		NewInputs: property.NewMap(map[string]property.Value{
			"text": one, "map": several, "wrapped": several.WithSecret(true),
		}),
	}))
	for _, name := range []string{"text", "map", "wrapped"} {
		fmt.Printf("%s=%v ", name, checked.Properties.Get(name).HasSecrets())
	}
}
GO
GOFLAGS= CGO_ENABLED=0 go build -mod=mod -o engine . 2> build || { cat build >&2; exit 1; }

found=$(./engine)
echo "$module, what stays secret of the inputs that the provider marks:"
echo "  text, map, and a map that the program marks too: $found"
if [[ $found != "text=true map=false wrapped=true " ]]; then
    echo "The behavior has changed: maps now stay secret." >&2
    exit 1
fi
