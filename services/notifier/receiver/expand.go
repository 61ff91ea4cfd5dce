package receiver

import (
	"strconv"

	"github.com/backmon/backmon/pkg/config"
)

// Expand makes a receiver of each URL and recipient of receivers that have several,
// so that one that fails does not make the others hear everything again. The first
// keeps its name, the next ones are "name#2", "name#3" and so on. names tells for
// each name of the configuration which ones it stands for: routes have to lead to
// all of them.
func Expand(configs []Config) (expanded []Config, names map[string][]string) {
	names = map[string][]string{}
	for _, c := range configs {
		for i, one := range c.apart() {
			if i > 0 {
				one.Name += "#" + strconv.Itoa(i+1)
			}
			expanded = append(expanded, one)
			names[c.Name] = append(names[c.Name], one.Name)
		}
	}
	return expanded, names
}

// apart returns a receiver's configuration for each of its recipients.
func (c Config) apart() []Config {
	if c.Shoutrrr == nil || len(c.Shoutrrr.URLs) == 0 {
		return []Config{c}
	}
	var out []Config
	for _, address := range c.Shoutrrr.URLs {
		for _, one := range split(address.Reveal()) {
			part := c
			part.Shoutrrr = &Shoutrrr{URLs: []config.Secret{config.Secret(one)}}
			out = append(out, part)
		}
	}
	return out
}
