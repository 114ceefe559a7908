"""Made-up PModes, with all that is odd about those in the field (as4 10.2)."""

from __future__ import annotations

EBMS = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots"
EBRS = "urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0"

PMODE = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<db:configuration xmlns:db="http://domibus.eu/configuration" party="ap_de_01">
  <mpcs><mpc name="defaultMpc" qualifiedName="{EBMS}defaultMPC" enabled="true" default="true"
    retention_downloaded="0" retention_undownloaded="3600"/></mpcs>
  <businessProcesses>
    <roles><role name="gw" value="http://sdg.europa.eu/edelivery/gateway"/></roles>
    <parties>
      <partyIdTypes><partyIdType name="t" value="{TYPE}"/></partyIdTypes>
      <party name="ap_de_01" endpoint="https://de.example/msh">
        <identifier partyId="AP_DE_01" partyIdType="t"/></party>
      <party name="AP_FR_01" endpoint="https://fr.example:8443/domibus/services/msh ">
        <!-- a blank behind the address -->
        <identifier partyId="AP_FR_01" partyIdType="t"/></party>
      <party name="ee-demo" endpoint="http://198.51.100.7:8080/as4">
        <identifier partyId="ee-demo" partyIdType="t"/></party>
      <party name="ap_xx_01" endpoint="https://xx.example/msh">
        <identifier partyId="AP_XX_01" partyIdType="t"/></party>
    </parties>
    <meps><mep name="oneway" value="{EBMS}oneWay"/></meps>
    <binding name="push" value="{EBMS}push"/>
    <securities><security name="s" policy="eDeliveryAS4Policy_BST" signatureMethod="RSA_SHA256"/>
    </securities>
    <errorHandlings/>
    <agreements><agreement name="agreementEmpty" value="" type=""/></agreements>
    <services>
      <service name="qm" value="QueryManager" type="{EBRS}"/>
      <service name="testService" value="{EBMS}service"/>
      <service name="lcm" value="LifecycleManager" type="{EBRS}"/>
    </services>
    <actions>
      <action name="req" value="ExecuteQueryRequest"/>
      <action name="res" value="ExecuteQueryResponse"/>
      <action name="err" value="ExceptionResponse"/>
      <action name="test" value="{EBMS}test"/>
      <action name="sub" value="SubmitObjectsRequest"/>
    </actions>
    <as4>
      <receptionAwareness name="ra" retry="12;4;CONSTANT" duplicateDetection="true"/>
      <reliability name="r" nonRepudiation="true" replyPattern="response"/>
    </as4>
    <splittingConfigurations><splitting name="default" fragmentSize="20"/></splittingConfigurations>
    <legConfigurations>
      <legConfiguration name="l1" service="qm" action="req" security="s"
        receptionAwareness="ra" compressPayloads="true"/>
      <legConfiguration name="l2" service="qm" action="res" security="s"
        receptionAwareness="ra" compressPayloads="false"/>
      <legConfiguration name="l3" service="qm" action="err" security="s"
        receptionAwareness="ra" compressPayloads="true"/>
      <legConfiguration name="l4" service="testService" action="test" security="s"
        receptionAwareness="ra" compressPayloads="true"/>
      <legConfiguration name="l5" service="lcm" action="sub" security="s"
        receptionAwareness="ra" compressPayloads="true"/>
    </legConfigurations>
    <process name="p" mep="oneway" binding="push" initiatorRole="gw" responderRole="gw"
      agreement="agreementEmpty">
      <initiatorParties><initiatorParty name="ap_de_01"/><initiatorParty name="ap_fr_01"/>
        <initiatorParty name="ee-demo"/></initiatorParties>
      <responderParties><responderParty name="ap_de_01"/><responderParty name="ap_fr_01"/>
        <responderParty name="ee-demo"/></responderParties>
      <legs><leg name="l1"/><leg name="l2"/><leg name="l3"/><leg name="l4"/><leg name="l5"/></legs>
    </process>
  </businessProcesses>
</db:configuration>
"""
