// Package wire translates between the core's types and the protobuf messages of
// the contract: it is the only package that knows both. Names that come from
// files travel as bytes, since file names need not be UTF-8; sentences are made
// valid UTF-8. It decides nothing and sends nothing, but reads how bad a disk as a
// whole is from its status, which the core has no type of.
package wire
