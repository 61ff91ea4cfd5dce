// Package notifier tells people and programs what is wrong, once, and when it is
// over, once. Any number of notifiers may run.
//
// It works in three steps that meet in NATS only, so that each can be done by
// another process, and done again after a crash:
//
//   - observe: a status that changed makes its series or disk be looked at again;
//     what is found out is kept as an incident, written with compare-and-set.
//   - plan: incidents that belong together are a group of each receiver that a route
//     leads to. When its news is due, the notice is written into the group's record,
//     together with what the receiver then knows: by one write, which one notifier wins.
//   - deliver: one notifier claims the notice, sends it, and records the answer. A
//     claim ends by itself, so a notice is never lost; it is sent a second time only
//     if its sender died between the receiver's answer and the record of it, and then
//     with the same id.
//
// What is news is package incident's business, words are package message's, and the
// protocols are package receiver's. The notifier holds no right to any storage.
package notifier
