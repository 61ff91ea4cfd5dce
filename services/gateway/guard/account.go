package guard

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

// maxPassword is how many bytes of a password bcrypt looks at.
const maxPassword = 72

// DefaultCost is the cost of hashes that Hash makes: about 0.2 s of a processor.
const DefaultCost = 12

// Account is one who may in, by HTTP basic authentication.
type Account struct {
	Name string
	// Password or Hash, which is the password's by bcrypt, is set.
	Password, Hash string
	Role           Role
}

func (a Account) validate() error {
	if a.Name == "" {
		return errors.New("a user has no name")
	}
	if (a.Password == "") == (a.Hash == "") {
		return fmt.Errorf("user %q needs either a password or its hash", a.Name)
	}
	return nil
}

// Hash returns the bcrypt hash of a password of 1 to 72 bytes.
func Hash(password string, cost int) (string, error) {
	switch {
	case password == "":
		return "", errors.New("the password is empty")
	case len(password) > maxPassword:
		return "", fmt.Errorf("the password has %d bytes, bcrypt takes at most %d", len(password), maxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	return string(hash), err
}
