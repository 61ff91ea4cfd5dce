package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/backmon/backmon/services/gateway/board"
)

// contract is openapi.yaml, made stricter: what it does not name may not be there.
type contract struct {
	document map[string]any
	compiler *jsonschema.Compiler
}

func readContract(t testing.TB) *contract {
	t.Helper()
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var parsed any
	if err := yaml.Unmarshal(data, &parsed); err != nil {
		t.Fatal(err)
	}
	// Numbers as JSON has them.
	text, err := json.Marshal(parsed)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{document: value.(map[string]any), compiler: jsonschema.NewCompiler()}
	c.strict(c.document)
	c.compiler.AssertFormat()
	c.compiler.AssertContent()
	if err := c.compiler.AddResource("openapi.json", c.document); err != nil {
		t.Fatal(err)
	}
	return c
}

// strict forbids in every schema of an object what it does not name. Members of an
// allOf are open by themselves: they are copied, and the whole is closed.
func (c *contract) strict(node any) {
	switch node := node.(type) {
	case []any:
		for _, n := range node {
			c.strict(n)
		}
	case map[string]any:
		if all, ok := node["allOf"].([]any); ok {
			for i, m := range all {
				all[i] = c.open(m)
			}
		}
		_, isObject := node["properties"]
		_, composed := node["allOf"]
		_, decided := node["additionalProperties"]
		for key, n := range node {
			if key != "allOf" {
				c.strict(n)
			}
		}
		if (isObject || composed) && !decided {
			node["unevaluatedProperties"] = false
		}
	}
}

// open is a copy of a schema, and of those that it refers to, that forbids nothing.
func (c *contract) open(node any) any {
	m, ok := node.(map[string]any)
	if !ok {
		return node
	}
	if ref, ok := m["$ref"].(string); ok {
		return c.open(c.find(ref))
	}
	m = maps.Clone(m)
	delete(m, "unevaluatedProperties")
	for key, n := range m {
		if key != "allOf" {
			c.strict(n)
		}
	}
	if all, ok := m["allOf"].([]any); ok {
		all = slices.Clone(all)
		for i, member := range all {
			all[i] = c.open(member)
		}
		m["allOf"] = all
	}
	return m
}

// find follows a pointer into the document.
func (c *contract) find(at string) any {
	var node any = c.document
	for _, key := range strings.Split(strings.TrimLeft(at, "#/"), "/") {
		key = strings.NewReplacer("~1", "/", "~0", "~", "%7B", "{", "%7D", "}").Replace(key)
		node = node.(map[string]any)[key]
	}
	return node
}

// operation finds what the document says of a request, and the pointer to it.
func (c *contract) operation(method, path string) (map[string]any, string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for template, item := range c.document["paths"].(map[string]any) {
		operation, ok := item.(map[string]any)[strings.ToLower(method)].(map[string]any)
		if ok && fits(template, path) {
			return operation, "/paths/" + pointer(template) + "/" + strings.ToLower(method)
		}
	}
	return nil, ""
}

func fits(template, path string) bool {
	parts, segments := strings.Split(template, "/"), strings.Split(path, "/")
	if len(parts) != len(segments) {
		return false
	}
	for i := range parts {
		if parts[i] != segments[i] && !strings.HasPrefix(parts[i], "{") {
			return false
		}
	}
	return true
}

func pointer(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key)
}

// check fails unless the answer is one that the document has.
func (c *contract) check(t testing.TB, method, path string, got answer) {
	t.Helper()
	operation, at := c.operation(method, path)
	if operation == nil {
		if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s is answered with %d, and is not in the document", method, path, got.status)
		}
		if method != http.MethodHead {
			c.checkBody(t, "/components/responses/Problem", got)
		}
		return
	}
	responses := operation["responses"].(map[string]any)
	status := fmt.Sprint(got.status)
	if _, ok := responses[status]; !ok {
		if !strings.Contains(c.find("/components/responses/Problem").(map[string]any)["description"].(string), status) {
			t.Errorf("%s %s: status %d is not in the document", method, path, got.status)
		}
		status = "default"
	}
	response, at := responses[status].(map[string]any), at+"/responses/"+status
	if ref, ok := response["$ref"].(string); ok {
		at = strings.TrimPrefix(ref, "#")
	}
	if method != http.MethodHead {
		c.checkBody(t, at, got)
	}
}

// checkRequest holds a body that was taken against the document.
func (c *contract) checkRequest(t testing.TB, method, path, body string) {
	t.Helper()
	_, at := c.operation(method, path)
	schema, err := c.compiler.Compile("openapi.json#" + at + "/requestBody/content/application~1json/schema")
	if err != nil {
		t.Fatalf("%s %s: compile the schema of the body: %v", method, path, err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		t.Errorf("%s %s takes a body that is not as the document has it: %v\n%s", method, path, err, body)
	}
}

// checkBody holds a body against the response at a pointer.
func (c *contract) checkBody(t testing.TB, at string, got answer) {
	t.Helper()
	response := c.find(at)
	kind, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	content, _ := response.(map[string]any)["content"].(map[string]any)
	media, known := content[kind].(map[string]any)
	if err != nil && len(content) > 0 || !known && got.body != "" {
		t.Errorf("the document has no content %q at %s", kind, at)
		return
	}
	if _, ok := media["schema"]; !ok {
		return
	}
	schema, err := c.compiler.Compile("openapi.json#" + at + "/content/" + pointer(kind) + "/schema")
	if err != nil {
		t.Fatalf("compile the schema at %s: %v", at, err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(got.body))
	if err != nil {
		t.Errorf("the body is no JSON: %v", err)
		return
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("the body is not as the document has it: %v\n%s", err, got.body)
	}
}

// Every route is in the document, and everything in the document is a route.
func TestDocumentHasAllRoutes(t *testing.T) {
	var want, got []string
	for _, r := range newFixture(t).api.Routes() {
		want = append(want, r.Method+" "+r.Path)
	}
	ids := map[string]bool{}
	for path, item := range readContract(t).document["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			if method == "parameters" {
				continue
			}
			got = append(got, strings.ToUpper(method)+" "+path)
			id, _ := operation.(map[string]any)["operationId"].(string)
			if id == "" || ids[id] {
				t.Errorf("%s %s has the operationId %q, which must be one of its own", method, path, id)
			}
			ids[id] = true
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the document has\n%s\nthe routes are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Every name in a path is described as a parameter, and nothing else is.
func TestDocumentDescribesPaths(t *testing.T) {
	c := readContract(t)
	for path, item := range c.document["paths"].(map[string]any) {
		var want, got []string
		for _, part := range strings.Split(path, "/") {
			if strings.HasPrefix(part, "{") {
				want = append(want, strings.Trim(part, "{}"))
			}
		}
		parameters, _ := item.(map[string]any)["parameters"].([]any)
		for _, p := range parameters {
			resolved := c.find(p.(map[string]any)["$ref"].(string)).(map[string]any)
			got = append(got, resolved["name"].(string))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s describes %q, its names are %q", path, got, want)
		}
	}
}

// Every schema compiles, and is used.
func TestDocumentSchemas(t *testing.T) {
	c := readContract(t)
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name := range c.document["components"].(map[string]any)["schemas"].(map[string]any) {
		if _, err := c.compiler.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Contains(data, []byte(`"#/components/schemas/`+name+`"`)) && !bytes.Contains(data, []byte("| "+name+":")) {
			t.Errorf("nothing refers to the schema %s", name)
		}
	}
}

// The parameters that the document has for a list are those that the parser knows.
func TestDocumentHasAllParameters(t *testing.T) {
	c := readContract(t)
	for path, want := range map[string][]string{"/api/v1/statuses": board.Parameters(), "/api/v1/events": board.FilterParameters()} {
		operation, _ := c.operation("GET", path)
		var got []string
		for _, p := range operation["parameters"].([]any) {
			p := p.(map[string]any)
			if ref, ok := p["$ref"].(string); ok {
				p = c.find(ref).(map[string]any)
			}
			if p["in"] == "query" {
				got = append(got, p["name"].(string))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has the parameters %q, want %q", path, got, want)
		}
	}
}
