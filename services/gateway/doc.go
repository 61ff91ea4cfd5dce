// Package gateway serves what the streams say over HTTP: it fills the boards from
// them, and puts the sub-packages together behind one server.
//
//   - board has the last status of every series and disk, incidents what the notifier
//     keeps, history what the streams remember of a series;
//   - metrics shows them to Prometheus, api to programs, page to people, and download
//     hands out files;
//   - order checks the holds and silences that people put, insist sees to it that an
//     evaluation that somebody asks for takes place;
//   - guard keeps those out who may not in, certificate renews the server's own, and
//     problem says what is wrong with a request.
//
// It does not judge, delete or notify, and writes to no disk.
package gateway
