package script
import ("testing";"math/rand";"os/exec";"bytes";"fmt";"strings";"os")
func TestOracle(t *testing.T){
 seed:=int64(1); fmt.Sscan(os.Getenv("SEED"),&seed)
 r:=rand.New(rand.NewSource(seed)); alpha:=[]string{"a","b"," ","\n","\t","\r","{","}","\"","\\","#","0","1","2","5","7","9","x","n","f","X","\\0","\\0x"," { "," } ","\\1","\x80"}
 var in bytes.Buffer; var texts []string
 for i:=0;i<300000;i++ { n:=r.Intn(14); s:=""; for range n { s+=alpha[r.Intn(len(alpha))] }; texts=append(texts,s); in.WriteString(s); in.WriteByte(0)}
 c:=exec.Command("/tmp/el/o/lex"); c.Stdin=&in; out,err:=c.Output(); if err!=nil {t.Fatal(err)}
 lines:=strings.Split(string(out),"\n"); bad:=0
 for i,s:=range texts { argv,err:=Parse([]byte(s)); var got string
  if err!=nil { got="err" } else { got=fmt.Sprintf("%d %x",len(argv),strings.Join(append(argv,""),"\x00")); }
  want:=lines[i]; if strings.HasPrefix(want,"-") {want="err"}
  if strings.HasPrefix(got,"err") && (strings.Contains(err.Error(),"second one")||strings.Contains(err.Error(),"nothing follows")) {continue}; if got!=want { bad++; if bad<30 { t.Errorf("%q: %s want %s (%s) %v",s,got,want,lines[i],err)}}}
 t.Log(bad)
}
