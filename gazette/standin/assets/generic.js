// Any script of any third party: leaves a trace that a test can see.
(self.standin = self.standin || []).push(
  self.document && document.currentScript ? document.currentScript.src : String(self.location)
);
