(()=>{if(!window.bd){window.bd={r(){}};let e=document.createElement("meta");e.httpEquiv="Content-Security-Policy",e.content="%C%",document.head.prepend(e)}})();
