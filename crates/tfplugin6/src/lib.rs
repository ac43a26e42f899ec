//! Generated protobuf and gRPC code of the Terraform plugin protocol 6 and of go-plugin.
