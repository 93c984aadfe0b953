; What the installer of Windows does beside the usual.

; The stock check ends a program that runs, by force if need be. In this one executions may be running, and a person has to
; decide what becomes of them: so it is asked for, and never done.
!macro customCheckAppRunning
  !insertmacro IS_POWERSHELL_AVAILABLE
  ${Do}
    !insertmacro FIND_PROCESS "${APP_EXECUTABLE_FILENAME}" $R0
    ${If} $R0 != 0
      ${ExitDo}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${PRODUCT_NAME} is running. Quit it first (File, Exit): it asks what becomes of the executions that run. Then go on here." /SD IDCANCEL IDRETRY +2
    Quit
  ${Loop}
!macroend

; "Open with" for files whose name ends so. Windows knows only what follows the last dot: so the defaults of these endings
; are left alone, and a file is opened by Halte when a person chooses that.
!macro halteOffer EXTENSION
  WriteRegStr SHELL_CONTEXT "Software\Classes\.${EXTENSION}\OpenWithProgids" "Halte.Flow" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\Applications\${APP_EXECUTABLE_FILENAME}\SupportedTypes" ".${EXTENSION}" ""
!macroend
!macro halteForget EXTENSION
  DeleteRegValue SHELL_CONTEXT "Software\Classes\.${EXTENSION}\OpenWithProgids" "Halte.Flow"
!macroend

!macro customInstall
  WriteRegStr SHELL_CONTEXT "Software\Classes\Halte.Flow" "" "Halte Flow"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Halte.Flow\DefaultIcon" "" "$appExe,0"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Halte.Flow\shell\open" "" "Open in ${PRODUCT_NAME}"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Halte.Flow\shell\open\command" "" '"$appExe" "%1"'
  WriteRegStr SHELL_CONTEXT "Software\Classes\Applications\${APP_EXECUTABLE_FILENAME}" "FriendlyAppName" "${PRODUCT_NAME}"
  WriteRegStr SHELL_CONTEXT "Software\Classes\Applications\${APP_EXECUTABLE_FILENAME}\shell\open\command" "" '"$appExe" "%1"'
  !insertmacro halteOffer "yaml"
  !insertmacro halteOffer "yml"
  !insertmacro halteOffer "json"

  ; halte://execution/ID
  WriteRegStr SHELL_CONTEXT "Software\Classes\halte" "" "URL:Halte"
  WriteRegStr SHELL_CONTEXT "Software\Classes\halte" "URL Protocol" ""
  WriteRegStr SHELL_CONTEXT "Software\Classes\halte\DefaultIcon" "" "$appExe,0"
  WriteRegStr SHELL_CONTEXT "Software\Classes\halte\shell\open\command" "" '"$appExe" "%1"'
  System::Call "shell32::SHChangeNotify(i, i, i, i) v (0x08000000, 0, 0, 0)"
!macroend

!macro customUnInstall
  ${IfNot} ${isUpdated}
    !insertmacro halteForget "yaml"
    !insertmacro halteForget "yml"
    !insertmacro halteForget "json"
    DeleteRegKey SHELL_CONTEXT "Software\Classes\Halte.Flow"
    DeleteRegKey SHELL_CONTEXT "Software\Classes\Applications\${APP_EXECUTABLE_FILENAME}"
    DeleteRegKey SHELL_CONTEXT "Software\Classes\halte"
  ${EndIf}
!macroend
